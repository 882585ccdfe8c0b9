/* SPDX-License-Identifier: MIT */
/*
 * What a text trace says of partitions, VFs and VMs: mdev, vm and two-guests-per-rid lines, and the
 * refusal of topologies that cannot exist.
 */
#include "parser.h"

bool parse_vf_of(struct parser *parser, struct word value, struct trace_device *device)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_devices;
	int pf = word_index(value, 'd');

	if (device->vf_of)
		return parser_fail(parser, "vf-of is given twice; a VF has one PF");
	if (pf < 0)
		return parser_fail(parser, "vf-of=%.*s is no device; vf-of=d0 for example",
				   WORD_ARG(value));
	if (pf == (int)index)
		return parser_fail(parser, "d%u is a VF of itself; name its PF, a device above",
				   index);
	if (pf > (int)index)
		return parser_fail(parser,
				   "vf-of=d%d: no device line above for d%d; a PF comes before its "
				   "VFs: declare it first",
				   pf, pf);
	if (header->device[pf].vf_of)
		return parser_fail(
			parser,
			"d%d is a VF itself and has no VFs; vf-of=d%u, its PF, gives one "
			"more",
			pf, header->device[pf].vf_of - 1u);
	device->vf_of = (uint8_t)(pf + 1);
	return true;
}

/* B-8: what trace_normalize_header() makes of a VF, but said rather than changed. */
bool parse_check_vf(struct parser *parser, const struct trace_device *device)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_devices, pf = device->vf_of - 1u;

	if (!device->vf_of)
		return true;
	if (device->stall)
		return parser_fail(parser,
				   "d%u is a VF and may stall; what may stall is no PCI function: "
				   "keep vf-of or stall",
				   index);
	if (header->device[pf].stall)
		return parser_fail(parser,
				   "d%u is a VF of d%u, which may stall; what may stall is no PCI "
				   "function: remove vf-of here or stall there",
				   index, pf);
	if (device->streams > 1)
		return parser_fail(parser,
				   "d%u is a VF with streams=%u; a VF is one requester id: keep "
				   "vf-of or streams",
				   index, device->streams);
	if (device->smmu != header->device[pf].smmu)
		return parser_fail(parser,
				   "d%u is behind smmu %u and its PF d%u behind smmu %u; put both "
				   "behind the same smmu",
				   index, device->smmu, pf, header->device[pf].smmu);
	return true;
}

static bool parse_parent(struct parser *parser, struct word value, unsigned index, int *parent)
{
	int device = word_index(value, 'd');

	if (*parent >= 0)
		return parser_fail(parser, "m%u has two parents; keep one", index);
	if (device < 0)
		return parser_fail(parser,
				   "parent=%.*s is no device; a partition is of a device: "
				   "parent=d0 for example",
				   WORD_ARG(value));
	if (device >= parser->trace->header.num_devices)
		return parser_fail(parser,
				   "parent=d%d: no device line above for d%d; declare it first",
				   device, device);
	*parent = device;
	return true;
}

static bool parse_mdev_word(struct parser *parser, unsigned index, struct word word,
			    struct trace_mdev *mdev, int *parent, struct word *rid)
{
	struct word value;

	if (word_has_key(word, "parent", &value))
		return parse_parent(parser, value, index, parent);
	if (word_has_key(word, "rid", &value)) {
		*rid = value;
		return true;
	}
	if (!word_is(word, "own-mmu"))
		return parser_fail(parser, "unknown mdev property '%.*s'; parent=dN own-mmu",
				   WORD_ARG(word));
	if (mdev->own_mmu)
		return parser_fail(parser, "own-mmu is given twice; keep one");
	mdev->own_mmu = 1;
	return true;
}

/* B-6: a partition has its parent's requester id, and none of its own. */
static bool check_mdev_rid(struct parser *parser, unsigned index, unsigned parent, struct word rid)
{
	const struct trace_device *device = &parser->trace->header.device[parent];
	uint8_t dev, fn;

	if (!parse_rid_value(parser, rid, &dev, &fn))
		return false;
	if (dev == device->rid_dev && fn == device->rid_fn)
		return true;
	return parser_fail(parser,
			   "m%u has rid=%.*s and its parent d%u 00:%02x.%u; a partition has the "
			   "requester id of its parent: leave rid out",
			   index, WORD_ARG(rid), parent, device->rid_dev, device->rid_fn);
}

bool parse_mdev(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_mdevs, i;
	struct trace_mdev mdev = {0};
	struct word rid = {NULL, 0};
	int parent = -1;

	if (index == TRACE_MAX_MDEVS)
		return parser_fail(parser, "more than %d mdevs; remove one", TRACE_MAX_MDEVS);
	if (parser->num_words < 2 || word_index(parser->word[1], 'm') != (int)index)
		return parser_fail(parser, "mdevs are numbered in order; the next one is m%u",
				   index);
	for (i = 2; i < parser->num_words; i++) {
		if (!parse_mdev_word(parser, index, parser->word[i], &mdev, &parent, &rid))
			return false;
	}
	if (parent < 0)
		return parser_fail(parser, "m%u has no parent; add parent=d0", index);
	mdev.parent = (uint8_t)parent;
	if (rid.at && !check_mdev_rid(parser, index, mdev.parent, rid))
		return false;
	header->mdev[index] = mdev;
	header->num_mdevs++;
	return true;
}

static bool parse_vm_device(struct parser *parser, unsigned index, struct trace_vm *vm)
{
	const struct trace_header *header = &parser->trace->header;
	int device = parser->num_words > 2 ? word_index(parser->word[2], 'd') : -1;
	unsigned i;

	if (device < 0)
		return parser_fail(parser,
				   "v%u has no device; name a VF after it: vm v%u d1 [p4 ...]",
				   index, index);
	if (device >= header->num_devices)
		return parser_fail(parser, "d%d has no device line above; declare it first",
				   device);
	if (!header->device[device].vf_of)
		return parser_fail(parser,
				   "d%d is no VF; a VM gets a function with a requester id of its "
				   "own: add vf-of=dN to its device line",
				   device);
	for (i = 0; i < index; i++) {
		if (header->vm[i].device == device)
			return parser_fail(parser,
					   "d%d is v%u's already; a function belongs to one VM: "
					   "give v%u another VF",
					   device, i, index);
	}
	vm->device = (uint8_t)device;
	return true;
}

/* A process lives on the host or in one VM, whichever line comes first. */
bool parse_check_no_vm(struct parser *parser, unsigned process)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned i;

	for (i = 0; i < header->num_vms; i++) {
		if (header->vm[i].processes >> process & 1)
			return parser_fail(parser,
					   "p%u is v%u's already; a process lives on the host or "
					   "in one VM: name it once",
					   process, i);
	}
	return true;
}

static bool parse_vm_process(struct parser *parser, struct word word, struct trace_vm *vm)
{
	int process = word_index(word, 'p');

	if (word_index(word, 'd') >= 0)
		return parser_fail(
			parser,
			"'%.*s' is a second device; a VM starts with one, `assign` gives "
			"it more",
			WORD_ARG(word));
	if (process < 0 || process >= TRACE_MAX_PROCESSES)
		return parser_fail(parser, "'%.*s' is no process; p0..p%d", WORD_ARG(word),
				   TRACE_MAX_PROCESSES - 1);
	if (vm->processes >> process & 1)
		return parser_fail(parser, "p%d is named twice; keep one", process);
	if (parser->trace->header.processes >> process & 1)
		return parser_fail(parser,
				   "p%d is the host's already; a process lives on the host or in "
				   "one VM: name it once",
				   process);
	if (!parse_check_no_vm(parser, (unsigned)process))
		return false;
	vm->processes |= (uint8_t)(1u << process);
	return true;
}

bool parse_vm(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_vms, i;
	struct trace_vm vm = {0};

	if (index == TRACE_MAX_VMS)
		return parser_fail(parser, "more than %d VMs; remove one", TRACE_MAX_VMS);
	if (parser->num_words < 2 || word_index(parser->word[1], 'v') != (int)index)
		return parser_fail(parser, "VMs are numbered in order; the next one is v%u", index);
	if (!parse_vm_device(parser, index, &vm))
		return false;
	for (i = 3; i < parser->num_words; i++) {
		if (!parse_vm_process(parser, parser->word[i], &vm))
			return false;
	}
	parser->vm_line[index] = parser->line;
	header->vm[index] = vm;
	header->num_vms++;
	return true;
}

bool parse_shared_rid(struct parser *parser)
{
	bool seen = parser->shared_rid_line;

	if (!parser_once(parser, &seen))
		return false;
	if (parser->num_words != 1)
		return parser_fail(parser, "'two-guests-per-rid' stands alone on its line");
	parser->shared_rid_line = parser->line;
	parser->trace->header.shared_rid = 1;
	return true;
}

/* B-8, A-2: what a VM has is in no domain of the host, and alone in a group. */
static bool check_vm_function(struct parser *parser, unsigned vm)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned index = header->vm[vm].device, i;
	const struct trace_device *device = &header->device[index];

	parser->line = parser->vm_line[vm];
	if (device->group == TRACE_NONE)
		return parser_fail(parser,
				   "d%u has group=none and cannot be v%u's; give it a group", index,
				   vm);
	for (i = 0; i < header->num_devices; i++) {
		if (i != index && header->device[i].group == device->group)
			return parser_fail(parser,
					   "d%u is v%u's and d%u is in its group %u; a VM gets "
					   "whole groups of one function: give each a group of its "
					   "own",
					   index, vm, i, device->group);
	}
	if (device->domain == TRACE_NONE)
		return true;
	parser->line = parser->domain_line[device->domain];
	return parser_fail(parser, "d%u is v%u's and in no domain of the host; leave it out here",
			   index, vm);
}

bool parse_topology_end(struct parser *parser)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned line = parser->line, i;

	for (i = 0; i < header->num_vms; i++) {
		if (!check_vm_function(parser, i))
			return false;
	}
	parser->line = parser->shared_rid_line;
	if (header->shared_rid && !trace_can_share_rid(header))
		return parser_fail(parser,
				   "nothing to permit: 'two-guests-per-rid' needs two vm lines and "
				   "two mdev lines of one parent without own-mmu; add them or "
				   "remove it");
	parser->line = line;
	return true;
}
