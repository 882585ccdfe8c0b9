/* SPDX-License-Identifier: MIT */
/* One run of `svafuzz smmu fuzz`: its folder, its engines, its summary. */
#ifndef SVAFUZZ_CLI_SMMU_CAMPAIGN_H
#define SVAFUZZ_CLI_SMMU_CAMPAIGN_H

#include "../device/target.h"
#include "smmu.h"

enum { SMMU_MAX_JOBS = 64 };

struct smmu_job {
	struct engine engine;
	uint64_t steps_done, steps, starts, repeated, strays;
	unsigned restarts;
};

struct smmu_campaign {
	struct check_config config;
	struct engine_setup setup;
	struct dev_known known;
	unsigned seconds, jobs, seed;
	bool no_seeds;
	const char *known_dir;
	char dir[CLI_PATH_MAX];
	double started;
	struct smmu_job job[SMMU_MAX_JOBS];
};

struct smmu_totals {
	uint64_t traces, steps, known, starts, repeated, strays;
	unsigned coverage, corpus, findings;
	unsigned restarts; /* of engines that died */
	double seconds;
};

struct smmu_totals smmu_add_up(const struct smmu_campaign *campaign);
/* smmu_summary.c: crashes kept as text, summary.json, the same for people; the exit code. */
int smmu_conclude(const struct smmu_campaign *campaign);

#endif
