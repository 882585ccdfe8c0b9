/* SPDX-License-Identifier: GPL-2.0-only */
/* No signal is ever delivered. */
#ifndef _UAPI_ASM_SIGCONTEXT_H
#define _UAPI_ASM_SIGCONTEXT_H

struct sigcontext {
	unsigned long unused;
};

#endif
