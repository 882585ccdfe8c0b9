/* SPDX-License-Identifier: MIT */
/* What either side says to an op, in few words: "pasid 1", "-EEXIST", "fault translation". */
#include "cli.h"

#include <stdio.h>

/* What one side said, from either's result. */
struct outcome {
	int error;
	uint32_t value;
	uint8_t outcome, ats_prot;
};

static const char *rights_name(unsigned prot)
{
	static const char *const names[] = {"none", "r", "w", "rw"};

	return names[prot & (REF_READ | REF_WRITE)];
}

static void format_outcome(const struct trace_op *op, struct outcome outcome, char *buffer,
			   size_t size)
{
	if (outcome.error) {
		snprintf(buffer, size, "%s",
			 trace_errno_name(outcome.error < 0 ? -outcome.error : outcome.error));
		return;
	}
	if (outcome.outcome != REF_OUTCOME_NONE && outcome.outcome != REF_OUTCOME_OK) {
		snprintf(buffer, size, "%s", check_outcome_name(outcome.outcome));
		return;
	}
	switch (op->code) {
	case TRACE_OP_BIND:
	case TRACE_OP_MDEV_BIND:
	case TRACE_OP_GUEST_BIND:
		snprintf(buffer, size, "pasid %u", outcome.value);
		return;
	case TRACE_OP_UNMAP:
	case TRACE_OP_MDEV_UNMAP:
	case TRACE_OP_MDEV_CLOSE:
		snprintf(buffer, size, "%u pages", outcome.value);
		return;
	case TRACE_OP_ATS:
		snprintf(buffer, size, "ats %s", rights_name(outcome.ats_prot));
		return;
	case TRACE_OP_READ:
	case TRACE_OP_DMA:
	case TRACE_OP_SUBMIT:
		snprintf(buffer, size,
			 op->prot && op->code != TRACE_OP_READ ? "ok" : "ok, data 0x%x",
			 outcome.value);
		return;
	default:
		snprintf(buffer, size, "ok");
	}
}

static struct outcome expected_outcome(const struct trace_op *op, const struct check_step *step)
{
	const struct ref_result *result = &step->expected;
	bool access = op->code == TRACE_OP_READ || op->code == TRACE_OP_DMA ||
		      op->code == TRACE_OP_SUBMIT;

	return (struct outcome){
		.error = result->error,
		.value = access ? result->access.value : result->value,
		.outcome = result->access.outcome,
		.ats_prot = result->access.prot,
	};
}

void cli_format_expected(const struct trace_op *op, const struct check_step *step, char *buffer,
			 size_t size)
{
	format_outcome(op, expected_outcome(op, step), buffer, size);
}

void cli_format_observed(const struct trace_op *op, const struct check_step *step, char *buffer,
			 size_t size)
{
	format_outcome(op,
		       (struct outcome){step->error, step->value, step->outcome, step->ats_prot},
		       buffer, size);
}
