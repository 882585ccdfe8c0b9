/* SPDX-License-Identifier: MIT */
#include "scene.h"

const struct driver_ops *scene_real;

void scene_parse(struct trace *trace, const char *text)
{
	struct error error = {0};

	if (!trace_parse(trace, "scene", text, strlen(text), &error))
		fail_msg("%s", error.text);
}

struct check *scene_check(const struct check_config *config)
{
	struct check_config plain = check_default_config();
	struct error error = {0};
	struct check *c = check_create(config ? config : &plain, &error);

	if (!c)
		fail_msg("%s", error.text);
	return c;
}

struct poking {
	struct check *check;
	scene_poke_fn poke;
};

static void observe(void *ctx, unsigned op, const struct check_step *step)
{
	const struct poking *poking = ctx;

	(void)step;
	poking->poke(poking->check, op);
}

struct divergence scene_run(const struct scene *scene)
{
	struct check_config config = check_default_config();
	static struct trace trace;
	struct divergence d;
	struct poking poking = {.poke = scene->poke};

	scene_parse(&trace, scene->text);
	if (scene->all)
		config.depth = CHECK_ALL;
	if (scene->no_caches)
		config.cache = SMMU_CACHE_NONE;
	poking.check = scene_check(&config);
	scene_real = poking.check->driver->ops;
	if (scene->driver)
		poking.check->driver->ops = scene->driver;
	if (scene->created)
		scene->created(poking.check);
	d = check_run(poking.check, &trace, scene->poke ? observe : NULL, &poking);
	poking.check->driver->ops = scene_real;
	check_destroy(poking.check);
	return d;
}

void expect_divergence(struct divergence d, enum divergence_kind kind, const char *rule, int op)
{
	if (d.kind == kind && !strcmp(d.rule, rule) && d.op == op)
		return;
	fail_msg("want %s %s at op %d; have %s %s at op %d: expected %s, observed %s",
		 divergence_kind_name(kind), rule, op, divergence_kind_name(d.kind), d.rule, d.op,
		 d.expected, d.observed);
}

void expect_clean(struct divergence d)
{
	expect_divergence(d, DIVERGENCE_NONE, "", 0);
}

void expect_texts(struct divergence d, const char *expected, const char *observed)
{
	if (!strstr(d.expected, expected))
		fail_msg("expected: \"%s\" lacks \"%s\"", d.expected, expected);
	if (!strstr(d.observed, observed))
		fail_msg("observed: \"%s\" lacks \"%s\"", d.observed, observed);
}

static void load_words(uint64_t pa, uint64_t *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		word[i] = ram_load(pa + 8 * i);
}

uint64_t scene_ste(struct check *c, unsigned device)
{
	struct smmu_place place = smmu_ste_place_linear(c->model, c->world->endpoint[device].rid);

	assert_int_equal(place.event, 0);
	return place.pa;
}

uint64_t scene_cd(struct check *c, unsigned device, uint32_t index)
{
	uint64_t word[SMMU_STE_WORDS];
	struct smmu_place place;
	struct smmu_ste ste;

	load_words(scene_ste(c, device), word, SMMU_STE_WORDS);
	ste = smmu_ste_decode(c->model, word);
	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.config, SMMU_STE_S1);
	place = smmu_cd_place_linear(c->model, &ste, index);
	assert_int_equal(place.event, 0);
	return place.pa;
}

uint64_t scene_root(struct check *c, unsigned task)
{
	return c->world->mm[c->world->task[task].mm].root;
}

uint64_t scene_frame(struct check *c, unsigned task, unsigned slot)
{
	return c->world->mm[c->world->task[task].mm].page[slot].pa;
}
