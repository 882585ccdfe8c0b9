/* SPDX-License-Identifier: MIT */
/* Smaller traces that still show the same thing. */
#ifndef SVAFUZZ_DEVICE_MINIMIZE_H
#define SVAFUZZ_DEVICE_MINIMIZE_H

#include "device.h"

typedef bool (*dev_shows_fn)(void *ctx, const struct dev_trace *trace);
/*
 * Leaves out ops and sets fields to what ops.def has, as long as `shows` holds; runs it at most
 * `tries` times. The trace itself must show it.
 */
void dev_minimize(struct dev_trace *trace, unsigned tries, dev_shows_fn shows, void *ctx);

#endif
