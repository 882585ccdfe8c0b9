// SPDX-License-Identifier: GPL-2.0-only
/*
 * printk. The last line is kept for findings. Some lines are findings: the hardware does what the
 * driver tells it, so a queue that stops or a command that is refused is the driver's.
 */
#include "linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* arm_smmu_cmdq_issue_cmdlist(), arm_smmu_cmdq_skip_err(), arm_smmu_gerror_handler(). */
static const struct {
	const char *text;
	enum world_failure failure;
} complaint[] = {
	{"CMD_SYNC timeout", WORLD_FAIL_DEADLOCK},
	{"CMDQ timeout", WORLD_FAIL_DEADLOCK},
	{"CMDQ error", WORLD_FAIL_BUG},
	{"Service Failure Mode", WORLD_FAIL_BUG},
	{"write aborted", WORLD_FAIL_BUG},
};

void linux_log_reset(struct linux_log *log)
{
	const char *print = getenv("SVAFUZZ_KERNEL_LOG");

	log->print = print && strcmp(print, "1") == 0;
	log->last[0] = '\0';
}

enum world_failure linux_log_line(struct linux_log *log, const char *text)
{
	size_t length = strcspn(text, "\n");

	snprintf(log->last, sizeof(log->last), "%.*s", (int)length, text);
	if (log->print)
		fprintf(stderr, "kernel: %.*s\n", (int)length, text);
	for (unsigned i = 0; i < ARRAY_SIZE(complaint); i++)
		if (strstr(text, complaint[i].text))
			return complaint[i].failure;
	return WORLD_FAIL_NONE;
}
