// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the kernel's lib/ the C library does not have. memcpy(), strlen(), vsnprintf() and other
 * functions of C come from there: the log shows the kernel's own formats (%pa, %pV) as pointers.
 */
#include "shim.h"

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

/* arm-smmu-v3.c is built as a module, for its init function; without CONFIG_MODULES only the
 * address counts. */
struct module {
	int unused;
};
struct module __this_module;

/* Parameters have the values that the driver's source gives them. */
const struct kernel_param_ops param_ops_bool;

/* lib/kstrtox.c: the first letter decides, of "on" and "off" the second. */
int kstrtobool(const char *text, bool *result)
{
	const char *letter = text;

	if (!text || !text[0])
		return -EINVAL;
	if (text[0] == 'o' || text[0] == 'O') {
		letter++;
		if (!letter[0] || !strchr("nNfF", letter[0]))
			return -EINVAL;
		*result = letter[0] == 'n' || letter[0] == 'N';
		return 0;
	}
	if (!strchr("yYtT1nNfF0", letter[0]))
		return -EINVAL;
	*result = strchr("yYtT1", letter[0]) != NULL;
	return 0;
}

/* lib/string_helpers.c: equal but for one newline at the end. */
bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\n' && !a[1])
		a++;
	if (*b == '\n' && !b[1])
		b++;
	return !*a && !*b;
}

char *strreplace(char *text, char old, char new)
{
	for (char *at = text; *at; at++)
		if (*at == old)
			*at = new;
	return text;
}

int vscnprintf(char *text, size_t size, const char *fmt, va_list args)
{
	int length = vsnprintf(text, size, fmt, args);

	if (length < 0 || !size)
		return 0;
	return min_t(size_t, length, size - 1);
}

int scnprintf(char *text, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vscnprintf(text, size, fmt, args);
	va_end(args);
	return length;
}

#if LINUX_SHIM_VERSION < 612
/* lib/bitmap.c can read and print text in 6.1; nobody here asks it to. */
const unsigned char _ctype[256];

int hex_to_bin(unsigned char digit)
{
	shim_unexpected();
}

char *strnchrnul(const char *text, size_t size, int letter)
{
	shim_unexpected();
}

void *memdup_user_nul(const void __user *source, size_t size)
{
	shim_unexpected();
}

ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *position, const void *from,
				size_t available)
{
	shim_unexpected();
}

/* lib/kstrtox.h, which only lib/ includes. */
unsigned int _parse_integer(const char *text, unsigned int base, unsigned long long *result);
unsigned int _parse_integer(const char *text, unsigned int base, unsigned long long *result)
{
	shim_unexpected();
}
#endif
