/* SPDX-License-Identifier: MIT */
#include "target.h"

#include "minimize.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dev_target {
	struct dev_peer *peer;
	struct dev_model *model;  /* with the fault, if there is one */
	struct dev_model *sound;  /* beside a fault */
	struct dev_model *shadow; /* with worst-case caches */
	struct dev_peer_counts counts;
	bool minimizing;
};

struct dev_target *dev_target_create(const struct dev_target_options *options, struct error *error)
{
	struct dev_target *target = calloc(1, sizeof(*target));
	bool fault = options->fault && *options->fault;
	struct dev_model_options model = {.invariants = !fault, .fault = options->fault};

	CHECK(target, "no memory for the target");
	if (!strcmp(options->smmu, "qemu")) {
		target->peer = dev_peer_create(options->known, options->fault, error);
	} else if (!strcmp(options->smmu, "emulated")) {
		target->model = dev_model_create(&model, error);
		model.fault = NULL;
		if (fault && target->model)
			target->sound = dev_model_create(&model, error);
		model.invariants = false;
		if (!fault && target->model)
			target->shadow = dev_model_create(&model, error);
	} else {
		error_set(error, "unknown smmu '%s'; emulated or qemu", options->smmu);
	}
	if (!error->set)
		return target;
	dev_target_destroy(target);
	return NULL;
}

void dev_target_destroy(struct dev_target *target)
{
	if (!target)
		return;
	dev_peer_destroy(target->peer);
	if (target->model)
		dev_model_destroy(target->model);
	if (target->sound)
		dev_model_destroy(target->sound);
	if (target->shadow)
		dev_model_destroy(target->shadow);
	free(target);
}

const char *dev_target_side(const struct dev_target *target)
{
	return target->peer ? "qemu" : target->sound ? "fault" : "model";
}

bool dev_target_is_peer(const struct dev_target *target)
{
	return target->peer != NULL;
}

/* The model with the fault beside the one without: what each op shows, and memory. */
static struct dev_finding run_fault(struct dev_target *target, const struct dev_trace *trace)
{
	struct dev_finding finding = {.kind = DEV_NOTHING};
	char expected[256], observed[256];

	dev_model_start(target->model, &trace->header);
	dev_model_start(target->sound, &trace->header);
	for (unsigned i = 0; i < trace->num_ops; i++) {
		const struct dev_op *op = &trace->op[i];
		struct dev_result sound = dev_model_step(target->sound, op, i);
		struct dev_result faulty = dev_model_step(target->model, op, i);
		bool differs;

		dev_result_format(op, &sound, expected, sizeof(expected));
		dev_result_format(op, &faulty, observed, sizeof(observed));
		differs = strcmp(expected, observed) != 0;
		if (!differs && !dev_models_alike(target->sound, target->model)) {
			differs = true;
			snprintf(observed, sizeof(observed),
				 "other memory, interrupts or messages");
		}
		if (!differs)
			continue;
		finding.kind = DEV_FIND_DIFFERS;
		finding.step = (uint16_t)i;
		snprintf(finding.op, sizeof(finding.op), "%s", dev_op_info[op->code].text);
		snprintf(finding.expected, sizeof(finding.expected), "%.127s", expected);
		snprintf(finding.observed, sizeof(finding.observed), "%.127s", observed);
		break;
	}
	return finding;
}

/* One trace in eight, by what it says, for the time that it takes. */
static bool is_shadowed(const struct dev_trace *trace)
{
	uint64_t hash = 1;

	for (unsigned i = 0; i < trace->num_ops; i++)
		hash = (hash ^ trace->op[i].w[0] ^ trace->op[i].w[1]) * 0x9e3779b97f4a7c15u;
	return hash >> 61 == 0;
}

struct dev_finding dev_target_run(struct dev_target *target, const struct dev_trace *trace,
				  int *known)
{
	*known = -1;
	if (target->peer)
		return dev_peer_run(target->peer, trace, known);
	target->counts.traces++;
	target->counts.steps += trace->num_ops;
	if (target->sound)
		return run_fault(target, trace);
	dev_model_shadow(target->model,
			 target->minimizing || is_shadowed(trace) ? target->shadow : NULL);
	return dev_run(target->model, trace, false, NULL, NULL);
}

struct dev_peer_counts dev_target_counts(const struct dev_target *target)
{
	return target->peer ? dev_peer_counts(target->peer) : target->counts;
}

struct same {
	struct dev_target *target;
	char signature[DEV_SIGNATURE_SIZE];
};

/* Findings of the pair are told apart by what they show, which changes with every value. */
static void signature_of(const struct dev_target *target, const struct dev_finding *finding,
			 char *buffer, size_t size)
{
	if (target->sound || finding->kind == DEV_FIND_INVARIANT)
		snprintf(buffer, size, "%s | %s | %s", dev_target_side(target),
			 dev_finding_kind_name(finding->kind), finding->op);
	else
		dev_signature(dev_target_side(target), finding, buffer, size);
}

static bool shows_same(void *ctx, const struct dev_trace *trace)
{
	struct same *same = ctx;
	char signature[DEV_SIGNATURE_SIZE];
	struct dev_finding finding;
	int known;

	finding = dev_target_run(same->target, trace, &known);
	if (finding.kind == DEV_NOTHING)
		return false;
	signature_of(same->target, &finding, signature, sizeof(signature));
	return !strcmp(signature, same->signature);
}

void dev_target_minimize(struct dev_target *target, struct dev_trace *trace,
			 const struct dev_finding *finding, unsigned tries)
{
	struct same same = {.target = target};
	unsigned all = trace->num_ops;

	target->minimizing = true;
	signature_of(target, finding, same.signature, sizeof(same.signature));
	if (finding->step != DEV_SETUP_STEP && finding->step + 1u < trace->num_ops)
		trace->num_ops = (uint16_t)(finding->step + 1);
	/* What differs in a batch only may need what comes behind. */
	if (!shows_same(&same, trace))
		trace->num_ops = (uint16_t)all;
	if (shows_same(&same, trace))
		dev_minimize(trace, tries, shows_same, &same);
	target->minimizing = false;
}

static bool write_file(const char *path, const char *text, struct error *error)
{
	char temporary[1100];
	FILE *file;
	bool good;

	snprintf(temporary, sizeof(temporary), "%s.%ld.tmp", path, (long)getpid());
	file = fopen(temporary, "we");
	if (!file)
		return error_set(error, "%s: %s; choose a folder that can be written", temporary,
				 strerror(errno));
	good = fputs(text, file) >= 0;
	good = !fclose(file) && good;
	if (good && !rename(temporary, path))
		return true;
	error_set(error, "%s: cannot be written: %s", path, strerror(errno));
	unlink(temporary);
	return false;
}

static void slug_of(const char *signature, char *slug, size_t size)
{
	size_t used = 0;

	for (; *signature && used + 1 < size; signature++) {
		if (isalnum((unsigned char)*signature))
			slug[used++] = *signature;
		else if (used && slug[used - 1] != '-')
			slug[used++] = '-';
	}
	while (used && slug[used - 1] == '-')
		used--;
	slug[used] = '\0';
}

bool dev_finding_save(struct dev_target *target, const char *dir, const struct dev_finding *finding,
		      const struct dev_trace *trace, bool *is_new, struct error *error)
{
	static char text[DEV_TEXT_MAX + 512];
	static struct dev_trace small;
	char signature[DEV_SIGNATURE_SIZE], slug[140], path[1024], words[1600];
	size_t used;

	signature_of(target, finding, signature, sizeof(signature));
	slug_of(signature, slug, sizeof(slug));
	snprintf(path, sizeof(path), "%s/%s.smmu", dir, slug);
	*is_new = access(path, F_OK) != 0;
	if (!*is_new)
		return true;
	small = *trace;
	for (unsigned i = 0; i < small.num_ops; i++)
		memset(small.op[i].pin, 0, sizeof(small.op[i].pin));
	dev_target_minimize(target, &small, finding, 2000);
	used = (size_t)snprintf(text, sizeof(text), "# %s\n", signature);
	dev_format(&small, text + used, sizeof(text) - used);
	dev_finding_format(dev_target_side(target), finding, words, sizeof(words));
	snprintf(path, sizeof(path), "%s/%s.txt", dir, slug);
	if (!write_file(path, words, error))
		return false;
	snprintf(path, sizeof(path), "%s/%s.smmu", dir, slug);
	return write_file(path, text, error);
}
