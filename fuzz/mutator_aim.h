/* SPDX-License-Identifier: MIT */
/* What an operand could be for its op to mean something now; operands before it are already there. */
#ifndef SVAFUZZ_MUTATOR_AIM_H
#define SVAFUZZ_MUTATOR_AIM_H

#include "mutator_live.h"

#define BIT(n) (1u << (n))

bool aim_on_linux(const struct live *live);
/* Sets; empty when there is nothing of the kind. */
unsigned aim_devices(const struct live *live, const struct trace_op *op);
unsigned aim_mdevs(const struct live *live, unsigned code);
unsigned aim_vms(const struct live *live, unsigned code);
/* All tasks when none is better than another. */
unsigned aim_tasks(struct mutator_rng *rng, const struct live *live, const struct trace_op *op);

#endif
