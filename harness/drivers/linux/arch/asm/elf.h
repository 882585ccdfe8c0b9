/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that linux/elf.h wants. */
#ifndef _ASM_ELF_H
#define _ASM_ELF_H

#define ELF_CLASS ELFCLASS64
#define ELF_DATA  ELFDATA2LSB
#define ELF_ARCH  EM_AARCH64

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[34];
typedef unsigned long elf_fpregset_t;

#endif
