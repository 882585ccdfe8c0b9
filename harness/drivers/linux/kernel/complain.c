// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel says: BUG() and WARN() end the trace with a finding, printk() and the dev_*()
 * family go to the host's log. Nothing is suppressed: no "once", no rate limit.
 */
#include "shim.h"

#include <linux/bug.h>
#include <linux/dev_printk.h>
#include <linux/device.h>
#include <linux/kern_levels.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/kernel.h>
#include <linux/string.h>

enum { LINE_SIZE = 256 };

/*
 * Findings are compared between machines, so they name files as the kernel does, whatever __FILE__
 * the compiler was told. drivers/ has directories of the other names inside, hence the order.
 */
static const char *path_in_tree(const char *path)
{
	static const char *const dirs[] = {"/drivers/", "/include/", "/kernel/", "/mm/", "/lib/"};

	if (path[0] != '/')
		return path;
	for (unsigned int i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *last = NULL;

		for (const char *at = path; (at = strstr(at, dirs[i])); at++)
			last = at;
		if (last)
			return last + 1;
	}
	return path;
}

void shim_fail(enum linux_failure failure, const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	shim_host->fail(shim_host->ctx, failure, text);
	__builtin_trap(); /* fail() does not return */
}

void linux_shim_bug(const char *file, int line, const char *function)
{
	shim_fail(LINUX_FAIL_BUG, "BUG at %s:%d %s", path_in_tree(file), line, function);
}

/* A kernel that warns goes on, but a warning is a finding. */
void linux_shim_warn(const char *file, int line, const char *function)
{
	shim_fail(LINUX_FAIL_BUG, "WARN at %s:%d %s", path_in_tree(file), line, function);
}

void panic(const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	shim_fail(LINUX_FAIL_BUG, "panic: %s", text);
}

/* One line: prefix and text, without the level of printk_get_level() and the newline. */
static void log_line(const char *prefix, const char *fmt, va_list args)
{
	char text[LINE_SIZE];
	size_t length;

	fmt = printk_skip_level(fmt);
	snprintf(text, sizeof(text), "%s", prefix);
	length = strlen(text);
	vsnprintf(text + length, sizeof(text) - length, fmt, args);
	length = strlen(text);
	if (length && text[length - 1] == '\n')
		text[length - 1] = '\0';
	shim_host->log(shim_host->ctx, text);
}

void shim_log(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}

int _printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
	return 0;
}

/* The text of a WARN(); linux_shim_warn() comes next. */
void __warn_printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}

const char *dev_driver_string(const struct device *dev)
{
	return dev->driver ? dev->driver->name : dev->bus ? dev->bus->name : "";
}

static void log_device(const struct device *dev, const char *fmt, va_list args)
{
	char prefix[LINE_SIZE / 2];

	if (dev)
		snprintf(prefix, sizeof(prefix), "%s %s: ", dev_driver_string(dev), dev_name(dev));
	else
		snprintf(prefix, sizeof(prefix), "(NULL device *): ");
	log_line(prefix, fmt, args);
}

/* What is below a warning is formatted for a reader only: the driver says much at bring-up. */
#define DEFINE_DEV_LOG(name, wanted)                                                               \
	void name(const struct device *dev, const char *fmt, ...)                                  \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		if (!(wanted))                                                                     \
			return;                                                                    \
		va_start(args, fmt);                                                               \
		log_device(dev, fmt, args);                                                        \
		va_end(args);                                                                      \
	}

DEFINE_DEV_LOG(_dev_emerg, true)
DEFINE_DEV_LOG(_dev_alert, true)
DEFINE_DEV_LOG(_dev_crit, true)
DEFINE_DEV_LOG(_dev_err, true)
DEFINE_DEV_LOG(_dev_warn, true)
DEFINE_DEV_LOG(_dev_notice, !shim_host->quiet)
DEFINE_DEV_LOG(_dev_info, !shim_host->quiet)

void _dev_printk(const char *level, const struct device *dev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_device(dev, fmt, args);
	va_end(args);
}

/* dev_err_probe(): the log and the error. */
int dev_err_probe(const struct device *dev, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_device(dev, fmt, args);
	va_end(args);
	return error;
}

int ___ratelimit(struct ratelimit_state *state, const char *function)
{
	return 1;
}

/* The host's failure report has a stack of its own. */
void dump_stack_lvl(const char *level)
{
}

void dump_stack(void)
{
}
