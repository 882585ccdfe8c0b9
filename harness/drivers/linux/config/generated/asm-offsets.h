/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing here is written in assembly. */
