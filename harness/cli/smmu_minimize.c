/* SPDX-License-Identifier: MIT */
/* svafuzz smmu minimize: the smallest trace that shows the same finding. */
#include "../device/target.h"
#include "smmu.h"

#include <stdio.h>
#include <string.h>

static int minimize(struct dev_target *target, const char *input, const char *output)
{
	static struct dev_trace trace;
	static char text[DEV_TEXT_MAX];
	struct error error = {0};
	struct dev_finding finding;
	char words[1600];
	int known;
	size_t size;

	if (!dev_load(&trace, input, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	for (unsigned i = 0; i < trace.num_ops; i++)
		memset(trace.op[i].pin, 0, sizeof(trace.op[i].pin));
	finding = dev_target_run(target, &trace, &known);
	if (finding.kind == DEV_NOTHING) {
		printf("%s: nothing is found; there is nothing to keep\n", input);
		return EXIT_NOTHING_FOUND;
	}
	dev_target_minimize(target, &trace, &finding, 20000);
	finding = dev_target_run(target, &trace, &known);
	dev_finding_format(dev_target_side(target), &finding, words, sizeof(words));
	size = dev_format(&trace, text, sizeof(text));
	printf("%s", words);
	if (!output)
		printf("\n%s", text);
	else if (!cli_write_file(output, text, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return EXIT_DIVERGENCE;
}

int smmu_minimize(int argc, char **argv)
{
	struct dev_target_options target_options = {.smmu = "emulated"};
	const char *output = NULL;
	const struct cli_option options[] = {
		{"smmu", CLI_STRING, &target_options.smmu,
		 "emulated, or qemu: QEMU beside the model"},
		{"fault", CLI_STRING, &target_options.fault, "run with this planted fault"},
		{"o", CLI_STRING, &output, "file to write"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct error error = {0};
	struct dev_target *target;
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "%s: %d input files; name one", argv[0],
				arguments.count);
	if (target_options.fault && *target_options.fault && !dev_has_faults())
		return smmu_exec_faults(argc, argv);
	target = dev_target_create(&target_options, &error);
	if (!target)
		return cli_fail(EXIT_MISSING, "%s", error.text);
	status = minimize(target, arguments.word[0], output);
	dev_target_destroy(target);
	return status;
}
