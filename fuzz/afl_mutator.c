/* SPDX-License-Identifier: MIT */
/*
 * The mutator as an AFL++ custom mutator: built as a shared object, loaded with
 * AFL_CUSTOM_MUTATOR_LIBRARY. Written against the documented interface, no AFL++ header needed.
 * SVAFUZZ_DRIVER names the driver, as for the target: Linux drivers have the name of their policy.
 */
#include "mutator.h"
#include "mutator_shrink.h"

#include <stdlib.h>
#include <string.h>

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
		       uint8_t *add_buf, size_t add_buf_size, size_t max_size);
void afl_custom_deinit(void *data);
int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t buf_size);
size_t afl_custom_trim(void *data, uint8_t **out_buf);
int32_t afl_custom_post_trim(void *data, unsigned char success);

enum { CROSSOVER_ONE_IN = 8 };

/* Runs of ops are left out, from the last to the first, then shorter runs. */
struct afl_trim {
	uint8_t kept[TRACE_BINARY_MAX];
	size_t size, tried; /* of what is kept; of what was tried last */
	unsigned run, at;   /* ops of a run; the next run ends before this op */
	int32_t step, steps;
};

struct afl_mutator {
	struct mutator_rng rng;
	uint8_t out[TRACE_BINARY_MAX];
	struct afl_trim trim;
};

static enum trace_policy policy_of_driver(void)
{
	const char *driver = getenv("SVAFUZZ_DRIVER");
	enum trace_policy policy = driver ? trace_policy_find(driver) : TRACE_POLICY_IO_MM;

	return policy == TRACE_NUM_POLICIES ? TRACE_POLICY_IO_MM : policy;
}

/* One per fuzzer process; NULL when out of memory, which AFL++ reports. */
void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator) {
		mutator_seed(&mutator->rng, seed);
		mutator_set_policy(&mutator->rng, policy_of_driver());
	}
	return mutator;
}

/* `add_buf` is another queue entry to splice with, or NULL. The output stays ours. */
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
		       uint8_t *add_buf, size_t add_buf_size, size_t max_size)
{
	struct afl_mutator *mutator = data;
	size_t size = buf_size, i;

	*out_buf = mutator->out;
	if (max_size > sizeof(mutator->out))
		max_size = sizeof(mutator->out);
	if (add_buf && add_buf_size && !mutator_below(&mutator->rng, CROSSOVER_ONE_IN)) {
		size = mutator_crossover(&mutator->rng, buf, buf_size, add_buf, add_buf_size,
					 mutator->out, max_size);
		if (size)
			return size;
		size = buf_size;
	}
	if (size > max_size)
		size = max_size;
	for (i = 0; i < size; i++)
		mutator->out[i] = buf[i];
	return mutate(&mutator->rng, mutator->out, size, max_size, NULL);
}

static int32_t steps_left(const struct afl_trim *trim)
{
	unsigned ops = mutator_num_ops(trim->size);
	unsigned steps = trim->run ? (trim->at + trim->run - 1) / trim->run : 0;

	for (unsigned run = trim->run / 2; run; run /= 2)
		steps += (ops + run - 1) / run;
	return (int32_t)steps;
}

/* How many steps there are at most; 0: afl-fuzz leaves the input as it is. */
int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t buf_size)
{
	struct afl_mutator *mutator = data;
	struct afl_trim *trim = &mutator->trim;
	unsigned ops = mutator_num_ops(buf_size);

	trim->size = TRACE_HEADER_BYTES + (size_t)ops * TRACE_OP_BYTES;
	trim->step = trim->steps = 0;
	if (!ops)
		return 0;
	memcpy(trim->kept, buf, trim->size);
	trim->run = ops > 1 ? ops / 2 : 1;
	trim->at = ops;
	trim->steps = steps_left(trim);
	return trim->steps;
}

/* The output stays ours. */
size_t afl_custom_trim(void *data, uint8_t **out_buf)
{
	struct afl_mutator *mutator = data;
	struct afl_trim *trim = &mutator->trim;
	unsigned count = trim->run < trim->at ? trim->run : trim->at;

	memcpy(mutator->out, trim->kept, trim->size);
	trim->at -= count;
	trim->tried = mutator_drop_ops(mutator->out, trim->size, trim->at, count);
	*out_buf = mutator->out;
	return trim->tried;
}

/* `success`: the shorter input takes the same way, and is what goes on. The next step's number. */
int32_t afl_custom_post_trim(void *data, unsigned char success)
{
	struct afl_mutator *mutator = data;
	struct afl_trim *trim = &mutator->trim;
	int32_t left;

	if (success) {
		memcpy(trim->kept, mutator->out, trim->tried);
		trim->size = trim->tried;
	}
	if (!trim->at) {
		trim->run /= 2;
		trim->at = mutator_num_ops(trim->size);
	}
	left = trim->at ? steps_left(trim) : 0;
	trim->step = left ? trim->steps - left : trim->steps;
	return trim->step;
}

void afl_custom_deinit(void *data)
{
	free(data);
}
