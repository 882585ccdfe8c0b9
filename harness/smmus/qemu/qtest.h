/* SPDX-License-Identifier: MIT */
/*
 * The qtest protocol: lines of text, one reply a command, in order. Commands are collected and sent
 * together; built and parsed by hand, because this is what a comparison with QEMU spends its time on.
 */
#ifndef SVAFUZZ_QEMU_QTEST_H
#define SVAFUZZ_QEMU_QTEST_H

#include "process.h"

#include <stdint.h>

enum {
	QTEST_LINE = 64,	/* the longest command and the longest reply */
	QTEST_COMMANDS = 16384, /* collected at most before they are sent */
};

enum qtest_status { QTEST_OK, QTEST_GONE, QTEST_SILENT, QTEST_REFUSED };

struct qtest {
	struct qemu_process *process;
	int limit_ms;	/* without any progress: QTEST_SILENT */
	uint8_t status; /* enum qtest_status; stays once it is not QTEST_OK */
	size_t sent, collected;
	unsigned first, count; /* of replies that are due */
	size_t line;	       /* characters of an unfinished reply */
	char reply[QTEST_LINE];
	uint64_t *result[QTEST_COMMANDS]; /* NULL: a write, nobody wants to know */
	char out[QTEST_COMMANDS * QTEST_LINE];
};

void qtest_write(struct qtest *qtest, uint64_t pa, unsigned size, uint64_t value);
void qtest_read(struct qtest *qtest, uint64_t pa, unsigned size, uint64_t *result);
/* Send and wait for every reply. */
enum qtest_status qtest_flush(struct qtest *qtest);

#endif
