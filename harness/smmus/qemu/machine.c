/* SPDX-License-Identifier: MIT */
/* A QEMU "virt" machine with an SMMUv3 and PCI functions that do DMA. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "machine.h"

#include "qtest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* "virt" with highmem=off: configuration space, and the window for BARs below it. */
#define ECAM	 0x3f000000ull
#define BAR_BASE 0x10000000ull
#define BAR_STEP 0x10000ull

enum {
	FIRST_SLOT = 1, /* 0 is the host bridge */
	FUNCTIONS_OF_SLOT = 8,
	PCI_COMMAND = 0x04,
	PCI_COMMAND_MEMORY_MASTER = 0x6,
	PCI_BAR0 = 0x10,
	/* BAR0 of "rocker": its test registers do a DMA at once when the control register is
	 * written. */
	ROCKER_DMA_ADDR = 0x28,
	ROCKER_DMA_SIZE = 0x30,
	ROCKER_DMA_CTRL = 0x34,
	LIMIT_MS = 5000,
	WORDS = 48 + 2 * QEMU_MAX_FUNCTIONS,
	WORD_SIZE = 128,
};

struct qemu_machine {
	struct qemu_process process;
	struct qtest qtest;
	unsigned functions;
	uint64_t ram_bytes;
	uint8_t *ram;
	uint32_t dma_size[QEMU_MAX_FUNCTIONS]; /* what stands in ROCKER_DMA_SIZE */
	uint8_t status;			       /* enum qemu_status */
	char version[32];
};

struct words {
	unsigned count;
	char *word[WORDS + 1];
	char text[WORDS][WORD_SIZE];
};

static void add(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *fmt, ...)
{
	va_list args;

	CHECK(words->count < WORDS, "too many words");
	words->word[words->count] = words->text[words->count];
	va_start(args, fmt);
	vsnprintf(words->text[words->count++], WORD_SIZE, fmt, args);
	va_end(args);
}

static const char *program(const char *path)
{
	if (!path)
		path = getenv("QEMU");
	return path && *path ? path : "qemu-system-aarch64";
}

/*
 * The processor never runs (-S), so what happens is what comes through the socket. TCG and not
 * the accelerator "qtest", which distributions leave out; its clock is not needed.
 */
static void command_line(struct words *words, const struct qemu_options *options)
{
	static const char *const fixed[] = {
		"-accel",
		"tcg,thread=single,tb-size=1",
		"-S",
		"-machine",
		"virt,iommu=smmuv3,highmem=off,gic-version=2,memory-backend=ram",
		"-cpu",
		"cortex-a15",
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-qtest",
		"chardev:qtest",
		"-qtest-log",
		"none",
	};

	add(words, "%s", program(options->path));
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		add(words, "%s", fixed[i]);
	add(words, "-m");
	add(words, "%lluK", (unsigned long long)options->ram_bytes / 1024);
	add(words, "-object");
	add(words, "memory-backend-file,id=ram,size=%llu,mem-path=/proc/self/fd/%d,share=on",
	    (unsigned long long)options->ram_bytes, QEMU_CHILD_RAM);
	add(words, "-chardev");
	add(words, "socket,id=qtest,fd=%d", QEMU_CHILD_SOCKET);
	for (unsigned i = 0; i < options->functions; i++) {
		add(words, "-device");
		add(words, "rocker,name=f%u,addr=%u.%u,multifunction=on", i,
		    FIRST_SLOT + i / FUNCTIONS_OF_SLOT, i % FUNCTIONS_OF_SLOT);
	}
	words->word[words->count] = NULL;
}

static uint64_t bar(unsigned function)
{
	return BAR_BASE + function * BAR_STEP;
}

uint32_t qemu_function_sid(const struct qemu_machine *machine, unsigned function)
{
	CHECK(function < machine->functions, "function %u of %u", function, machine->functions);
	return FIRST_SLOT * FUNCTIONS_OF_SLOT + function;
}

static void set_up_function(struct qemu_machine *machine, unsigned function)
{
	uint64_t config = ECAM + ((uint64_t)qemu_function_sid(machine, function) << 12);

	qemu_write(machine, config + PCI_BAR0, 4, bar(function));
	qemu_write(machine, config + PCI_COMMAND, 2, PCI_COMMAND_MEMORY_MASTER);
}

/* "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)". False: it cannot be run. */
static bool ask_version(const char *path, char *version, size_t size, char *why, size_t why_size)
{
	char word[WORD_SIZE], option[] = "--version";
	char *argv[] = {word, option, NULL};
	struct qemu_process process;
	const char *at;

	snprintf(word, sizeof(word), "%s", path);
	if (qemu_process_start(&process, argv, -1))
		qemu_process_wait(&process, LIMIT_MS);
	qemu_process_end(&process);
	at = strstr(process.words, "version ");
	if (process.not_there || !at) {
		snprintf(
			why, why_size,
			"%s; install it: apt-get install qemu-system-arm, or scripts/install-deps qemu",
			*process.words ? process.words : path);
		return false;
	}
	snprintf(version, size, "%.*s", (int)strcspn(at + 8, " ,;"), at + 8);
	return true;
}

bool qemu_available(const char *path, char *why, size_t why_size)
{
	char version[32];

	return ask_version(program(path), version, sizeof(version), why, why_size);
}

/* At start QEMU puts a device tree into RAM, which nobody here wants. */
static bool launch(struct qemu_machine *machine, const struct words *words, int ram_fd, char *why,
		   size_t why_size)
{
	uint8_t *kept = malloc(machine->ram_bytes);
	uint64_t idr0;

	CHECK(kept, "no memory for a copy of the RAM");
	memcpy(kept, machine->ram, machine->ram_bytes);
	if (qemu_process_start(&machine->process, words->word, ram_fd)) {
		qemu_read(machine, QEMU_SMMU_BASE, 4, &idr0);
		for (unsigned i = 0; i < machine->functions; i++)
			set_up_function(machine, i);
		qemu_flush(machine);
	} else {
		machine->status = QEMU_MISSING;
	}
	memcpy(machine->ram, kept, machine->ram_bytes);
	free(kept);
	if (machine->status == QEMU_OK)
		return true;
	snprintf(why, why_size, "%s does not start: %s", words->word[0], machine->process.words);
	return false;
}

static bool map_ram(struct qemu_machine *machine, int fd, char *why, size_t why_size)
{
	machine->ram = MAP_FAILED;
	if (fd >= 0)
		machine->ram =
			mmap(NULL, machine->ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (machine->ram != MAP_FAILED)
		return true;
	machine->ram = NULL;
	snprintf(why, why_size, "no RAM for QEMU: %s", strerror(errno));
	return false;
}

static bool start(struct qemu_machine *machine, const struct qemu_options *options, char *why,
		  size_t why_size)
{
	struct words *words = calloc(1, sizeof(*words));
	int fd = options->ram_fd;
	bool good;

	CHECK(words, "no memory for a command line");
	if (fd < 0) {
		fd = memfd_create("svafuzz-qemu-ram", MFD_CLOEXEC);
		if (fd >= 0 && ftruncate(fd, (off_t)options->ram_bytes)) {
			close(fd);
			fd = -1;
		}
	}
	command_line(words, options);
	good = map_ram(machine, fd, why, why_size) &&
	       ask_version(words->word[0], machine->version, sizeof(machine->version), why,
			   why_size) &&
	       launch(machine, words, fd, why, why_size);
	if (fd >= 0 && fd != options->ram_fd)
		close(fd);
	free(words);
	return good;
}

struct qemu_machine *qemu_start(const struct qemu_options *options, char *why, size_t why_size)
{
	struct qemu_machine *machine = calloc(1, sizeof(*machine));

	CHECK(machine, "no memory for a QEMU");
	CHECK(options->functions >= 1 && options->functions <= QEMU_MAX_FUNCTIONS, "%u functions",
	      options->functions);
	machine->functions = options->functions;
	machine->ram_bytes = options->ram_bytes;
	machine->process.socket = machine->process.says = -1;
	machine->qtest.process = &machine->process;
	machine->qtest.limit_ms = LIMIT_MS;
	if (start(machine, options, why, why_size)) {
		if (options->limit_ms)
			machine->qtest.limit_ms = (int)options->limit_ms;
		return machine;
	}
	qemu_stop(machine);
	return NULL;
}

void qemu_stop(struct qemu_machine *machine)
{
	if (!machine)
		return;
	qemu_process_end(&machine->process);
	if (machine->ram)
		munmap(machine->ram, machine->ram_bytes);
	free(machine);
}

const char *qemu_last_words(const struct qemu_machine *machine)
{
	return machine->process.words;
}

const char *qemu_version(const struct qemu_machine *machine)
{
	return machine->version;
}

uint8_t *qemu_ram(struct qemu_machine *machine)
{
	return machine->ram;
}

void qemu_write(struct qemu_machine *machine, uint64_t pa, unsigned size, uint64_t value)
{
	qtest_write(&machine->qtest, pa, size, value);
}

void qemu_read(struct qemu_machine *machine, uint64_t pa, unsigned size, uint64_t *result)
{
	qtest_read(&machine->qtest, pa, size, result);
}

void qemu_dma(struct qemu_machine *machine, unsigned function, uint64_t addr, unsigned size,
	      enum qemu_dma how)
{
	static const uint8_t control[] = {
		[QEMU_DMA_CLEAR] = 1,
		[QEMU_DMA_FILL] = 2,
		[QEMU_DMA_INVERT] = 4,
	};
	uint64_t base = bar(function);

	CHECK(function < machine->functions, "function %u of %u", function, machine->functions);
	if (machine->dma_size[function] != size)
		qemu_write(machine, base + ROCKER_DMA_SIZE, 4, size);
	machine->dma_size[function] = size;
	qemu_write(machine, base + ROCKER_DMA_ADDR, 8, addr);
	qemu_write(machine, base + ROCKER_DMA_CTRL, 4, control[how]);
}

enum qemu_status qemu_flush(struct qemu_machine *machine)
{
	enum qtest_status status;

	if (machine->status != QEMU_OK)
		return (enum qemu_status)machine->status;
	status = qtest_flush(&machine->qtest);
	if (status == QTEST_OK)
		return QEMU_OK;
	qemu_process_end(&machine->process);
	machine->status = QEMU_DIED;
	if (status == QTEST_REFUSED)
		qemu_process_add(&machine->process, "a reply that qtest does not have");
	if (status == QTEST_SILENT) {
		machine->status = QEMU_HUNG;
		qemu_process_add(&machine->process, "no answer within %d ms",
				 machine->qtest.limit_ms);
	}
	return (enum qemu_status)machine->status;
}
