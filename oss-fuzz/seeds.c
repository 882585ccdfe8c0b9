/* SPDX-License-Identifier: MIT */
/*
 * oss_fuzz_seeds FOLDER FILE...: text traces as the bytes that the fuzz targets take, each under
 * its name without the ending. `.trace` files are for fuzz_bind, `.smmu` files for fuzz_smmu.
 * What `svafuzz asm` does, without the libraries that svafuzz needs: a fuzzing service's image may
 * have them in other versions.
 */
#include "../harness/device/device.h"
#include "../harness/trace/trace.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)TRACE_BINARY_MAX <= (int)DEV_BINARY_MAX, "one buffer for both kinds");

static uint8_t bytes[DEV_BINARY_MAX];

/* Bytes written, 0 after an error. */
static size_t encode(const char *path, const char *ending, struct error *error)
{
	static struct dev_trace device_trace;
	static struct trace trace;
	bool was_text;

	if (!strcmp(ending, ".smmu"))
		return dev_load(&device_trace, path, error)
			       ? dev_encode(&device_trace, bytes, sizeof(bytes))
			       : 0;
	if (!strcmp(ending, ".trace"))
		return trace_load(&trace, path, &was_text, error)
			       ? trace_encode(&trace, bytes, sizeof(bytes))
			       : 0;
	error_set(error, "%s: neither a .trace nor a .smmu file", path);
	return 0;
}

static bool write_seed(const char *folder, const char *path, struct error *error)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.'), *ending = dot ? dot : "";
	size_t size = encode(path, ending, error);
	char output[1024];
	FILE *file;
	bool good;

	if (!size)
		return false;
	snprintf(output, sizeof(output), "%s/%.*s", folder, (int)(ending - name), name);
	file = fopen(output, "wbxe");
	if (!file)
		return error_set(error, "%s: cannot be written, or two traces have this name",
				 output);
	good = fwrite(bytes, 1, size, file) == size;
	good = !fclose(file) && good;
	return good || error_set(error, "%s: cannot be written", output);
}

int main(int argc, char **argv)
{
	struct error error = {0};

	if (argc < 3) {
		fprintf(stderr, "usage: oss_fuzz_seeds FOLDER FILE...\n");
		return EXIT_BAD_INPUT;
	}
	for (int i = 2; i < argc; i++) {
		if (!write_seed(argv[1], argv[i], &error)) {
			fprintf(stderr, "oss_fuzz_seeds: %s\n", error.text);
			return EXIT_BAD_INPUT;
		}
	}
	return EXIT_NOTHING_FOUND;
}
