/* SPDX-License-Identifier: GPL-2.0-only */
/* HZ divides a second: linux/jiffies.h converts without constants. */
