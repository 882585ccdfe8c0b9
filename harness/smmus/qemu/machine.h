/* SPDX-License-Identifier: MIT */
/*
 * One QEMU process with an SMMUv3 and PCI functions that do DMA, driven over the qtest protocol.
 * Accesses are collected in a batch and sent by qemu_flush(); what they found is there after it.
 * Nothing here knows what a trace is: harness/smmus/qemu/qemu.c is the smmu socket on top of it,
 * harness/device/ compares it with the model.
 */
#ifndef SVAFUZZ_QEMU_MACHINE_H
#define SVAFUZZ_QEMU_MACHINE_H

#include "../../base/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qemu_machine;

#define QEMU_RAM_BASE  0x40000000ull
#define QEMU_SMMU_BASE 0x09050000ull

struct qemu_options {
	const char *path;   /* the program; NULL: $QEMU, or qemu-system-aarch64 on PATH */
	unsigned functions; /* PCI functions that can send, 1..QEMU_MAX_FUNCTIONS */
	uint64_t ram_bytes; /* RAM from QEMU_RAM_BASE on */
	int ram_fd; /* memory to use as RAM, kept as it is; -1: a memfd of its own, all zero */
	unsigned limit_ms; /* without an answer this long: QEMU_HUNG; 0: 5 s */
};
enum { QEMU_MAX_FUNCTIONS = 128 };

/* The machine has no clock and no running processor: the same batches have the same results. QEMU
 * dies with the thread that started it. */
enum qemu_status {
	QEMU_OK,
	QEMU_DIED,    /* the process ended: an assertion, a crash */
	QEMU_HUNG,    /* no answer within the time limit; it has been killed */
	QEMU_MISSING, /* the program did not start */
};

/* Is the program there (NULL: as in qemu_options)? Else a line in `why` says how to get it. */
bool qemu_available(const char *path, char *why, size_t why_size);
/* Start; NULL with a line in `why` that says what to do. */
struct qemu_machine *qemu_start(const struct qemu_options *options, char *why, size_t why_size);
void qemu_stop(struct qemu_machine *machine);
/* After QEMU_DIED or QEMU_HUNG: its last words and how it ended, in one line, for the finding. */
const char *qemu_last_words(const struct qemu_machine *machine);
/* "7.2.22": as the program says it. */
const char *qemu_version(const struct qemu_machine *machine);

/* RAM as this process sees it; byte 0 is QEMU_RAM_BASE. A store here overtakes the open batch. */
uint8_t *qemu_ram(struct qemu_machine *machine);
/* StreamID of a function, 0 .. functions - 1. */
uint32_t qemu_function_sid(const struct qemu_machine *machine, unsigned function);

/* Into the batch, in order. size 1, 2, 4, 8. `*result` is written by qemu_flush(), 0 until then; it
 * must be there as long. A batch that grows too large is sent before it is flushed. */
void qemu_write(struct qemu_machine *machine, uint64_t pa, unsigned size, uint64_t value);
void qemu_read(struct qemu_machine *machine, uint64_t pa, unsigned size, uint64_t *result);
/*
 * A DMA by a function. FILL writes `size` bytes of 0x96, CLEAR of 0; INVERT reads and writes back
 * inverted. There is no status: memory and the Event queue tell. A longer transfer that faults
 * leaves an event for every 4 bytes: use 4.
 */
enum qemu_dma { QEMU_DMA_CLEAR, QEMU_DMA_FILL, QEMU_DMA_INVERT };
void qemu_dma(struct qemu_machine *machine, unsigned function, uint64_t addr, unsigned size,
	      enum qemu_dma how);
/* Send what was collected and wait until all of it was carried out. After anything but QEMU_OK the
 * machine stays as it is: what is added is lost, and only qemu_stop() is of use. */
enum qemu_status qemu_flush(struct qemu_machine *machine);

#endif
