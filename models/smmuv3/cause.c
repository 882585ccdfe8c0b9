/* SPDX-License-Identifier: MIT */
/* Causes in words (causes.def). */
#include "smmuv3.h"

struct cause_words {
	const char *name, *section, *text;
};

static const struct cause_words words[SMMU_NUM_CAUSES] = {
	[SMMU_CAUSE_NONE] = {"none", "", "let through"},
#define CAUSE(id, section, text) [SMMU_CAUSE_##id] = {#id, section, text},
#include "causes.def"
#undef CAUSE
};

static const struct cause_words *words_of(unsigned cause)
{
	static const struct cause_words unknown = {"?", "", "?"};

	return cause < SMMU_NUM_CAUSES ? &words[cause] : &unknown;
}

const char *smmu_cause_name(unsigned cause)
{
	return words_of(cause)->name;
}

const char *smmu_cause_section(unsigned cause)
{
	return words_of(cause)->section;
}

const char *smmu_cause_text(unsigned cause)
{
	return words_of(cause)->text;
}
