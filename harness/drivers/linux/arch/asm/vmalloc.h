/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing: there is no vmalloc space. */
