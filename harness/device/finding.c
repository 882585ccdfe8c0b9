/* SPDX-License-Identifier: MIT */
#include "finding.h"

#include <stdio.h>
#include <string.h>

const char *dev_finding_kind_name(unsigned kind)
{
	static const char *const names[DEV_FIND_KINDS] = {
		[DEV_NOTHING] = "nothing",	    [DEV_FIND_PIN] = "pin",
		[DEV_FIND_INVARIANT] = "invariant", [DEV_FIND_DIFFERS] = "differs",
		[DEV_FIND_DIED] = "died",	    [DEV_FIND_HUNG] = "hung",
	};

	return kind < DEV_FIND_KINDS ? names[kind] : "?";
}

void dev_signature(const char *side, const struct dev_finding *finding, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s | %s | %s | %s", side, finding->op, finding->expected,
		 finding->observed);
}

void dev_finding_format(const char *side, const struct dev_finding *finding, char *buffer,
			size_t size)
{
	char signature[DEV_SIGNATURE_SIZE], where[48];

	dev_signature(side, finding, signature, sizeof(signature));
	if (finding->step == DEV_SETUP_STEP)
		snprintf(where, sizeof(where), "set-up");
	else
		snprintf(where, sizeof(where), "op %u, %s", finding->step + 1u, finding->op);
	snprintf(
		buffer, size,
		"finding: %s\n  at:        %s\n  expected:  %s\n  observed:  %s\n%s  signature: %s\n",
		dev_finding_kind_name(finding->kind), where, finding->expected, finding->observed,
		finding->detail, signature);
}

static struct dev_finding find(enum dev_finding_kind kind, const struct dev_op *op, unsigned step,
			       const char *expected, const char *observed)
{
	struct dev_finding finding = {.kind = (uint8_t)kind, .step = (uint16_t)step};

	snprintf(finding.op, sizeof(finding.op), "%s", op ? dev_op_info[op->code].text : "set-up");
	snprintf(finding.expected, sizeof(finding.expected), "%s", expected);
	snprintf(finding.observed, sizeof(finding.observed), "%.127s", observed);
	return finding;
}

struct dev_finding dev_run(struct dev_model *model, const struct dev_trace *trace, bool pins,
			   dev_seen_fn seen, void *ctx)
{
	char observed[256];

	dev_model_start(model, &trace->header);
	for (unsigned i = 0; i < trace->num_ops; i++) {
		const struct dev_op *op = &trace->op[i];
		struct dev_result result = dev_model_step(model, op, i);

		if (seen)
			seen(ctx, i, op, &result);
		if (dev_model_broken(model))
			return find(DEV_FIND_INVARIANT, op, i, "the invariants hold",
				    dev_model_broken(model));
		if (!pins || !*op->pin)
			continue;
		dev_result_format(op, &result, observed, sizeof(observed));
		if (!dev_pin_holds(op->pin, observed))
			return find(DEV_FIND_PIN, op, i, op->pin, observed);
	}
	return (struct dev_finding){.kind = DEV_NOTHING};
}
