// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: wires of the SMMUs, their handlers, and the handlers' threads, which are work items:
 * like other tasks they may have to wait for a lock of the task that was interrupted. There is no
 * MSI controller: whoever asks for one gets wires.
 */
#include "machine.h"

#include <linux/msi.h>

static struct irq_line {
	irq_handler_t handler, thread;
	void *dev_id;
	struct work_struct work; /* runs the thread */
} lines[LINUX_MAX_SMMUS * SHIM_WIRES];

/* 0 is no interrupt. */
unsigned int shim_irq(unsigned int smmu, unsigned int wire)
{
	return 1 + smmu * SHIM_WIRES + wire;
}

static unsigned int irq_of(const struct irq_line *line)
{
	return 1 + (line - lines);
}

/* irq_thread() */
static void run_thread(struct work_struct *work)
{
	struct irq_line *line = container_of(work, struct irq_line, work);

	line->thread(irq_of(line), line->dev_id);
}

/* free_irq(): a thread that was woken has run before. */
static void irq_release(struct device *dev, void *res)
{
	struct irq_line *line = *(struct irq_line **)res;

	if (line->thread)
		flush_work(&line->work);
	memset(line, 0, sizeof(*line));
}

int devm_request_threaded_irq(struct device *dev, unsigned int irq, irq_handler_t handler,
			      irq_handler_t thread, unsigned long flags, const char *name,
			      void *dev_id)
{
	struct irq_line *line, **res;

	if (irq - 1 >= ARRAY_SIZE(lines) || (!handler && !thread))
		return -EINVAL;
	line = &lines[irq - 1];
	res = devres_alloc(irq_release, sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	if (line->handler || line->thread) {
		devres_free(res);
		return -EBUSY;
	}
	line->handler = handler;
	line->thread = thread;
	line->dev_id = dev_id;
	INIT_WORK(&line->work, run_thread);
	*res = line;
	devres_add(dev, res);
	return 0;
}

void shim_interrupt(unsigned int irq)
{
	struct irq_line *line = &lines[irq - 1];
	irqreturn_t result = IRQ_WAKE_THREAD; /* irq_default_primary_handler() */

	if (line->handler) {
		shim_irq_enter();
		result = line->handler(irq, line->dev_id);
		shim_irq_exit();
	}
	if (result == IRQ_WAKE_THREAD && line->thread)
		schedule_work(&line->work);
}

#if LINUX_SHIM_VERSION < 612
int platform_msi_domain_alloc_irqs(struct device *dev, unsigned int nvec,
				   irq_write_msi_msg_t write_msi_msg)
{
	return -ENODEV;
}

void platform_msi_domain_free_irqs(struct device *dev)
{
}

unsigned int msi_get_virq(struct device *dev, unsigned int index)
{
	return 0;
}
#else
int platform_device_msi_init_and_alloc_irqs(struct device *dev, unsigned int nvec,
					    irq_write_msi_msg_t write_msi_msg)
{
	return -ENODEV;
}

void platform_device_msi_free_irqs_all(struct device *dev)
{
}

unsigned int msi_domain_get_virq(struct device *dev, unsigned int domid, unsigned int index)
{
	return 0;
}

/* GICv3 ITS. */
bool msi_device_has_isolated_msi(struct device *dev)
{
	return true;
}
#endif
