/* SPDX-License-Identifier: MIT */
/* The qtest protocol: lines of text, one reply a command, in order. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* stpcpy */
#endif
#include "qtest.h"

#include "../../base/base.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static char size_letter(unsigned size)
{
	CHECK(size == 1 || size == 2 || size == 4 || size == 8, "an access of %u bytes", size);
	return size == 1 ? 'b' : size == 2 ? 'w' : size == 4 ? 'l' : 'q';
}

static char *put_hex(char *at, uint64_t value)
{
	unsigned digits = value ? (67 - (unsigned)__builtin_clzll(value)) / 4 : 1;

	*at++ = '0';
	*at++ = 'x';
	while (digits--)
		*at++ = "0123456789abcdef"[value >> 4 * digits & 15];
	return at;
}

/* Room for one more command; its place, after "writeX " or "readX " and the address. */
static char *add(struct qtest *qtest, const char *verb, unsigned size, uint64_t pa,
		 uint64_t *result)
{
	char *at;

	if (qtest->count == QTEST_COMMANDS)
		qtest_flush(qtest);
	at = qtest->out + qtest->collected;
	at = stpcpy(at, verb);
	*at++ = size_letter(size);
	*at++ = ' ';
	qtest->result[qtest->count++] = result;
	return put_hex(at, pa);
}

static void added(struct qtest *qtest, char *end)
{
	*end++ = '\n';
	qtest->collected = (size_t)(end - qtest->out);
}

void qtest_write(struct qtest *qtest, uint64_t pa, unsigned size, uint64_t value)
{
	char *at = add(qtest, "write", size, pa, NULL);

	*at++ = ' ';
	added(qtest, put_hex(at, value));
}

void qtest_read(struct qtest *qtest, uint64_t pa, unsigned size, uint64_t *result)
{
	*result = 0;
	added(qtest, add(qtest, "read", size, pa, result));
}

static uint64_t parse_hex(const char *at, const char *end)
{
	uint64_t value = 0;

	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (c - 'a' + 10u);
		else
			break;
	}
	return value;
}

/* "OK", "OK 0x0123"; "ERR ..." and "FAIL ..." are answers to what is no command. */
static void take_reply(struct qtest *qtest, const char *line, size_t length)
{
	uint64_t *result;

	if (length < 2 || line[0] != 'O' || line[1] != 'K' || qtest->first == qtest->count) {
		qtest->status = QTEST_REFUSED;
		return;
	}
	result = qtest->result[qtest->first++];
	if (result)
		*result = length > 5 ? parse_hex(line + 5, line + length) : 0;
}

/* A part of a reply, until the rest is there. */
static void keep(struct qtest *qtest, const char *text, size_t size)
{
	if (qtest->line + size > sizeof(qtest->reply)) {
		qtest->status = QTEST_REFUSED;
		return;
	}
	memcpy(qtest->reply + qtest->line, text, size);
	qtest->line += size;
}

static void take_text(struct qtest *qtest, const char *text, size_t size)
{
	while (size && qtest->status == QTEST_OK) {
		const char *end = memchr(text, '\n', size);
		size_t length;

		if (!end) {
			keep(qtest, text, size);
			return;
		}
		length = (size_t)(end - text);
		if (qtest->line) {
			keep(qtest, text, length);
			take_reply(qtest, qtest->reply, qtest->line);
			qtest->line = 0;
		} else {
			take_reply(qtest, text, length);
		}
		text += length + 1;
		size -= length + 1;
	}
}

static void receive(struct qtest *qtest)
{
	char text[16384];
	ssize_t size = recv(qtest->process->socket, text, sizeof(text), MSG_DONTWAIT);

	if (size > 0)
		take_text(qtest, text, (size_t)size);
	else if (!size || (errno != EAGAIN && errno != EINTR))
		qtest->status = QTEST_GONE;
}

static void transmit(struct qtest *qtest)
{
	ssize_t size = send(qtest->process->socket, qtest->out + qtest->sent,
			    qtest->collected - qtest->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (size > 0)
		qtest->sent += (size_t)size;
	else if (size < 0 && errno != EAGAIN && errno != EINTR)
		qtest->status = QTEST_GONE;
}

/* QEMU stops reading while nobody reads its replies: both directions are served at once. */
static void turn(struct qtest *qtest)
{
	struct pollfd poller[2] = {
		{.fd = qtest->process->socket, .events = POLLIN},
		{.fd = qtest->process->says, .events = POLLIN},
	};
	int ready;

	if (qtest->sent < qtest->collected)
		poller[0].events |= POLLOUT;
	ready = poll(poller, 2, qtest->limit_ms);
	if (!ready)
		qtest->status = QTEST_SILENT;
	if (ready <= 0)
		return;
	if (poller[1].revents & POLLIN)
		qemu_process_listen(qtest->process);
	if (poller[0].revents & (POLLIN | POLLHUP | POLLERR))
		receive(qtest);
	if (qtest->status == QTEST_OK && poller[0].revents & POLLOUT)
		transmit(qtest);
}

enum qtest_status qtest_flush(struct qtest *qtest)
{
	if (qtest->status == QTEST_OK && qtest->collected)
		transmit(qtest);
	while (qtest->status == QTEST_OK && qtest->first < qtest->count)
		turn(qtest);
	qtest->sent = qtest->collected = 0;
	qtest->first = qtest->count = 0;
	return (enum qtest_status)qtest->status;
}
