/* SPDX-License-Identifier: GPL-2.0-only */
/* No task ever enters from user mode. */
#ifndef _ASM_PTRACE_H
#define _ASM_PTRACE_H

#ifndef __ASSEMBLY__
struct pt_regs {
	unsigned long pc;
	unsigned long sp;
};

#define user_mode(regs)		  0
#define instruction_pointer(regs) ((regs)->pc)
#define profile_pc(regs)	  ((regs)->pc)
#define user_stack_pointer(regs)  ((regs)->sp)
#define task_pt_regs(task)	  ((struct pt_regs *)NULL)
#endif

#endif
