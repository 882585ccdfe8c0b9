/* SPDX-License-Identifier: MIT */
/* Pins: what the author of a trace says must be observed; and numbers as traces write them. */
#include "device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *dev_number(uint64_t value, char buffer[DEV_NUMBER_SIZE])
{
	uint64_t offset = value - DEV_RAM_BASE;

	if (offset < DEV_RAM_BYTES && !(offset & 4095))
		snprintf(buffer, DEV_NUMBER_SIZE, "p%u", (unsigned)(offset / 4096));
	else
		snprintf(buffer, DEV_NUMBER_SIZE, "0x%" PRIx64, value);
	return buffer;
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

static bool digits(const char *text, size_t size, unsigned base, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned d = digit(text[i]);

		if (d >= base || *value > (UINT64_MAX - d) / base)
			return false;
		*value = *value * base + d;
	}
	return size != 0;
}

bool dev_parse_number(const char *text, size_t size, uint64_t *value)
{
	if (size > 2 && text[0] == '0' && text[1] == 'x')
		return digits(text + 2, size - 2, 16, value);
	if (size > 1 && text[0] == 'p') {
		if (!digits(text + 1, size - 1, 10, value) || *value >= DEV_RAM_PAGES)
			return false;
		*value = DEV_PAGE(*value);
		return true;
	}
	return digits(text, size, 10, value);
}

/* Appends a word, its hexadecimal value as dev_number() has it. */
static size_t add_word(char *to, size_t used, const char *word, size_t size)
{
	const char *equals = memchr(word, '=', size);
	size_t head = equals ? (size_t)(equals - word) + 1 : 0;
	char number[DEV_NUMBER_SIZE], text[2 * DEV_PIN_SIZE];
	uint64_t value;
	int length;

	if (size - head > 2 && word[head] == '0' && word[head + 1] == 'x' &&
	    dev_parse_number(word + head, size - head, &value))
		length = snprintf(text, sizeof(text), "%.*s%s", (int)head, word,
				  dev_number(value, number));
	else
		length = snprintf(text, sizeof(text), "%.*s", (int)size, word);
	if (used + (used != 0) + (size_t)length >= DEV_PIN_SIZE)
		return used;
	if (used)
		to[used++] = ' ';
	memcpy(to + used, text, (size_t)length);
	return used + (size_t)length;
}

static bool is_word(char c)
{
	return c > 0x20 && c <= 0x7e && c != '#';
}

void dev_normalize_pin(char pin[DEV_PIN_SIZE])
{
	char to[DEV_PIN_SIZE] = {0};
	size_t used = 0, at = 0, end;

	if (!*pin)
		return;
	pin[DEV_PIN_SIZE - 1] = '\0';
	while (pin[at]) {
		for (end = at; is_word(pin[end]); end++)
			;
		if (end > at)
			used = add_word(to, used, pin + at, end - at);
		at = pin[end] ? end + 1 : end;
	}
	memcpy(pin, to, sizeof(to));
}

static bool has_word(const char *text, const char *word, size_t size)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (length == size && !memcmp(text, word, size))
			return true;
		text += length;
		text += strspn(text, " ");
	}
	return false;
}

bool dev_pin_holds(const char *pin, const char *observed)
{
	while (*pin) {
		size_t size = strcspn(pin, " ");
		bool absent = *pin == '!';

		if (has_word(observed, pin + absent, size - absent) == absent)
			return false;
		pin += size;
		pin += strspn(pin, " ");
	}
	return true;
}
