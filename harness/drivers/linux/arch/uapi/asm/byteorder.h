/* SPDX-License-Identifier: GPL-2.0-only */
/* Little-endian, as arm64 kernels are. */
#include <linux/byteorder/little_endian.h>
