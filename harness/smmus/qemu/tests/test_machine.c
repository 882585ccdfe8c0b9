/* SPDX-License-Identifier: MIT */
/*
 * Contract: a QEMU is started, does what a batch says, and neither its death nor its silence hurts
 * whoever runs it. Without the program qemu-system-aarch64 ($QEMU) the tests are skipped.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "../machine.h"
#include "child.h"

#include "../../../../models/smmuv3/regs.h"
#include "../../../../models/smmuv3/smmuv3.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	RAM_BYTES = 8 << 20,
	LIMIT_MS = 1000,
	/* Offsets in RAM. */
	STRTAB = 0x10000,
	CD = 0x20000,
	TABLES = 0x30000, /* levels 1, 2, 3 */
	CMDQ = 0x40000,
	EVENTQ = 0x50000,
	PAGE = 0x60000,
	QUEUE_BITS = 6,
	SID_BITS = 8,
};

static const uint64_t va = 0x12345000;

static struct qemu_machine *start(unsigned functions)
{
	const struct qemu_options options = {
		.functions = functions,
		.ram_bytes = RAM_BYTES,
		.ram_fd = -1,
		.limit_ms = LIMIT_MS,
	};
	char why[400];
	struct qemu_machine *machine = qemu_start(&options, why, sizeof(why));

	if (!machine) {
		print_message("%s\n", why);
		skip();
	}
	return machine;
}

static uint64_t *ram(struct qemu_machine *machine, uint64_t offset)
{
	return (uint64_t *)(void *)(qemu_ram(machine) + offset);
}

static void reg(struct qemu_machine *machine, uint32_t offset, uint64_t value)
{
	bool wide = offset == SMMU_REG_STRTAB_BASE || offset == SMMU_REG_CMDQ_BASE ||
		    offset == SMMU_REG_EVENTQ_BASE;

	qemu_write(machine, QEMU_SMMU_BASE + offset, wide ? 8 : 4, value);
}

static uint64_t get(struct qemu_machine *machine, uint32_t offset)
{
	uint64_t value;

	qemu_read(machine, QEMU_SMMU_BASE + offset, 4, &value);
	assert_int_equal(qemu_flush(machine), QEMU_OK);
	return value;
}

/* va -> PAGE for one function, everything else invalid. */
static void build_translation(struct qemu_machine *machine, unsigned function)
{
	uint64_t *ste = ram(machine, STRTAB + qemu_function_sid(machine, function) * 64ull);
	uint64_t *cd = ram(machine, CD);

	for (unsigned i = 0; i < 3; i++) {
		uint64_t next = i < 2 ? TABLES + (i + 1) * 0x1000ull : PAGE;

		ram(machine, TABLES + i * 0x1000ull)[va >> (30 - 9 * i) & 511] =
			(QEMU_RAM_BASE + next) | (i < 2 ? 3 : 0x743);
	}
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_ASET |
		SMMU_CD0_EPD1 | smmu_put(SMMU_CD0_T0SZ, 25) | smmu_put(SMMU_CD0_IPS, 4);
	cd[1] = QEMU_RAM_BASE + TABLES;
	cd[3] = ~0ull;
	ste[0] = SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) |
		 (QEMU_RAM_BASE + CD);
	reg(machine, SMMU_REG_CR1, 0xd75);
	reg(machine, SMMU_REG_STRTAB_BASE, QEMU_RAM_BASE + STRTAB);
	reg(machine, SMMU_REG_STRTAB_BASE_CFG, SID_BITS);
	reg(machine, SMMU_REG_CMDQ_BASE, (QEMU_RAM_BASE + CMDQ) | QUEUE_BITS);
	reg(machine, SMMU_REG_EVENTQ_BASE, (QEMU_RAM_BASE + EVENTQ) | QUEUE_BITS);
	reg(machine, SMMU_REG_CR0, SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN);
}

static void every_function_reaches_memory(void **state)
{
	struct qemu_machine *machine = start(20);
	uint32_t *words = (uint32_t *)(void *)qemu_ram(machine);

	(void)state;
	assert_true(strlen(qemu_version(machine)) >= 3);
	for (unsigned i = 0; i < RAM_BYTES / 4; i++)
		assert_int_equal(words[i], 0);
	for (unsigned i = 0; i < 20; i++)
		qemu_dma(machine, i, QEMU_RAM_BASE + 0x1000ull * i, 4,
			 i % 2 ? QEMU_DMA_FILL : QEMU_DMA_INVERT);
	assert_int_equal(qemu_flush(machine), QEMU_OK);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(words[0x400 * i], i % 2 ? 0x96969696 : 0xffffffff);
	qemu_stop(machine);
}

static void memory_of_the_caller_is_kept(void **state)
{
	struct qemu_machine *first = start(1), *second;
	char content[64] = "content", why[400];
	struct qemu_options options = {.functions = 1, .ram_bytes = RAM_BYTES};
	FILE *file = tmpfile();

	(void)state;
	qemu_stop(first);
	assert_non_null(file);
	options.ram_fd = fileno(file);
	assert_int_equal(ftruncate(options.ram_fd, RAM_BYTES), 0);
	assert_int_equal(pwrite(options.ram_fd, content, sizeof(content), 0), sizeof(content));
	second = qemu_start(&options, why, sizeof(why));
	assert_non_null(second);
	assert_memory_equal(qemu_ram(second), content, sizeof(content));
	qemu_stop(second);
	fclose(file);
}

static void a_batch_is_carried_out_in_order(void **state)
{
	struct qemu_machine *machine = start(1);
	static uint64_t result[20000];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(result); i++) {
		qemu_write(machine, QEMU_RAM_BASE + 8, 8, i * 0x100000001ull);
		qemu_read(machine, QEMU_RAM_BASE + 8, 8, &result[i]);
	}
	assert_int_equal(qemu_flush(machine), QEMU_OK);
	for (unsigned i = 0; i < ARRAY_SIZE(result); i++)
		assert_true(result[i] == i * 0x100000001ull);
	qemu_stop(machine);
}

static void a_hand_built_translation_and_its_faults(void **state)
{
	struct qemu_machine *machine = start(2);
	struct smmu_event event;

	(void)state;
	build_translation(machine, 1);
	qemu_dma(machine, 1, va + 0x40, 4, QEMU_DMA_FILL);
	assert_int_equal(get(machine, SMMU_REG_EVENTQ_PROD), 0);
	assert_int_equal((uint32_t)*ram(machine, PAGE + 0x40), 0x96969696);

	qemu_dma(machine, 1, va + 0x1000, 4, QEMU_DMA_FILL);
	qemu_dma(machine, 0, va, 4, QEMU_DMA_FILL);
	assert_int_equal(get(machine, SMMU_REG_EVENTQ_PROD), 2);
	event = smmu_event_decode(ram(machine, EVENTQ));
	assert_int_equal(event.type, SMMU_F_TRANSLATION);
	assert_int_equal(event.sid, qemu_function_sid(machine, 1));
	assert_true(event.input_addr == va + 0x1000);
	assert_false(event.rnw);
	event = smmu_event_decode(ram(machine, EVENTQ + SMMU_EVENT_BYTES));
	assert_int_equal(event.type, SMMU_C_BAD_STE);
	assert_int_equal(event.sid, qemu_function_sid(machine, 0));
	qemu_stop(machine);
}

static void a_killed_qemu_is_noticed(void **state)
{
	struct qemu_machine *machine = start(1);
	uint64_t result;

	(void)state;
	qemu_read(machine, QEMU_SMMU_BASE, 4, &result);
	kill(child_of_this_process(), SIGKILL);
	assert_int_equal(qemu_flush(machine), QEMU_DIED);
	assert_non_null(strstr(qemu_last_words(machine), "signal 9"));
	/* What comes after is harmless, and it stays dead. */
	qemu_dma(machine, 0, QEMU_RAM_BASE, 4, QEMU_DMA_FILL);
	assert_int_equal(qemu_flush(machine), QEMU_DIED);
	qemu_stop(machine);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_silent_qemu_is_killed(void **state)
{
	struct qemu_machine *machine = start(1);
	uint64_t result;

	(void)state;
	kill(child_of_this_process(), SIGSTOP);
	qemu_read(machine, QEMU_SMMU_BASE, 4, &result);
	assert_int_equal(qemu_flush(machine), QEMU_HUNG);
	assert_non_null(strstr(qemu_last_words(machine), "no answer within 1000 ms"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	qemu_stop(machine);
}

static void qemu_dies_with_its_parent(void **state)
{
	struct qemu_machine *machine = start(1);
	int fds[2];
	char byte;
	pid_t pid;

	(void)state;
	qemu_stop(machine);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		pid_t qemu;

		start(1);
		qemu = child_of_this_process();
		if (write(fds[1], &qemu, sizeof(qemu)) != sizeof(qemu))
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	waitpid(pid, NULL, 0);
	assert_int_equal(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	/* A process of somebody else by now, or soon gone. */
	for (unsigned i = 0; i < 2000 && !kill(pid, 0); i++) {
		char path[64], text[512] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		file = fopen(path, "r");
		if (file && fgets(text, sizeof(text), file) && strstr(text, ") Z"))
			i = 2000;
		if (file)
			fclose(file);
		usleep(1000);
		assert_true(i != 1999);
	}
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}

static void a_missing_program_is_one_line_with_its_package(void **state)
{
	const struct qemu_options options = {
		.path = "/nonexistent/qemu", .functions = 1, .ram_bytes = RAM_BYTES, .ram_fd = -1};
	char why[400];

	(void)state;
	assert_null(qemu_start(&options, why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent/qemu"));
	assert_non_null(strstr(why, "qemu-system-arm"));
	assert_null(strchr(why, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_function_reaches_memory),
		cmocka_unit_test(memory_of_the_caller_is_kept),
		cmocka_unit_test(a_batch_is_carried_out_in_order),
		cmocka_unit_test(a_hand_built_translation_and_its_faults),
		cmocka_unit_test(a_killed_qemu_is_noticed),
		cmocka_unit_test(a_silent_qemu_is_killed),
		cmocka_unit_test(qemu_dies_with_its_parent),
		cmocka_unit_test(a_missing_program_is_one_line_with_its_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
