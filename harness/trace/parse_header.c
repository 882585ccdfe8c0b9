/* SPDX-License-Identifier: MIT */
/*
 * The header lines of a text trace: policy, misuse, smmu, device, domain, process.
 * Those of partitions and VMs are in parse_topology.c.
 */
#include "parser.h"

bool parser_once(struct parser *parser, bool *seen)
{
	if (*seen)
		return parser_fail(parser, "a second '%.*s' line; keep one",
				   WORD_ARG(parser->word[0]));
	*seen = true;
	return true;
}

/* Value of key=N in [min, max]; false after an error. */
static bool number_in(struct parser *parser, const char *key, struct word value, unsigned min,
		      unsigned max, uint8_t *out)
{
	int64_t number = word_number(value, max);

	if (number < (int64_t)min)
		return parser_fail(parser, "%s=%.*s is out of range; %u..%u", key, WORD_ARG(value),
				   min, max);
	*out = (uint8_t)number;
	return true;
}

/* "io_mm linux-6.1 ...", for error messages. */
static const char *policy_names(char *buffer, size_t size)
{
	size_t used = 0;
	unsigned i;

	for (i = 0; i < TRACE_NUM_POLICIES && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, i ? " %s" : "%s",
					 trace_policy_name[i]);
	return buffer;
}

static bool parse_policy(struct parser *parser)
{
	uint8_t *policies = &parser->trace->header.policies;
	char names[80];
	unsigned i, policy;

	if (!parser_once(parser, &parser->seen_policy))
		return false;
	if (parser->num_words < 2)
		return parser_fail(parser, "'policy' takes one name or more; %s",
				   policy_names(names, sizeof(names)));
	*policies = 0;
	for (i = 1; i < parser->num_words; i++) {
		struct word word = parser->word[i];

		policy = 0;
		while (policy < TRACE_NUM_POLICIES && !word_is(word, trace_policy_name[policy]))
			policy++;
		if (policy == TRACE_NUM_POLICIES)
			return parser_fail(parser, "unknown policy '%.*s'; %s", WORD_ARG(word),
					   policy_names(names, sizeof(names)));
		if (*policies >> policy & 1)
			return parser_fail(parser, "policy %.*s is named twice; keep one",
					   WORD_ARG(word));
		*policies |= (uint8_t)(1u << policy);
	}
	return true;
}

static bool parse_misuse(struct parser *parser)
{
	bool seen = parser->trace->header.misuse;

	if (!parser_once(parser, &seen))
		return false;
	if (parser->num_words != 1)
		return parser_fail(parser, "'misuse' stands alone on its line");
	parser->trace->header.misuse = 1;
	return true;
}

static bool parse_asid_bits(struct parser *parser, struct word value)
{
	int64_t bits = word_number(value, 16);

	if (bits != 8 && bits != 16)
		return parser_fail(parser, "asid-bits=%.*s; 8 or 16 (5.4 ASID)", WORD_ARG(value));
	parser->trace->header.asid_bits = (uint8_t)bits;
	return true;
}

static bool parse_stall(struct parser *parser, struct word word)
{
	struct trace_header *header = &parser->trace->header;
	uint8_t stall = word_is(word, "stall") ? TRACE_STALL : TRACE_STALL_FORCE;

	if (header->stall && header->stall != stall)
		return parser_fail(parser, "both stall and stall-force; keep one (6.3.1 "
					   "STALL_MODEL)");
	header->stall = stall;
	return true;
}

/* Words that are there or not, and the byte of the header that says so. */
static const struct smmu_word {
	const char *word;
	size_t offset;
} smmu_word[] = {
	{"ats", offsetof(struct trace_header, ats)},
	{"two-level-strtab", offsetof(struct trace_header, two_level_strtab)},
	{"two-level-cd", offsetof(struct trace_header, two_level_cd)},
	{"msi", offsetof(struct trace_header, msi)},
	{"range-inv", offsetof(struct trace_header, range_inv)},
	{"el2", offsetof(struct trace_header, el2)},
	{"default-dma", offsetof(struct trace_header, default_dma)},
};

static bool parse_smmu_word(struct parser *parser, struct word word)
{
	struct trace_header *header = &parser->trace->header;
	struct word value;
	size_t i;

	if (word_has_key(word, "ssid-bits", &value))
		return number_in(parser, "ssid-bits", value, 0, TRACE_MAX_BITS, &header->ssid_bits);
	if (word_has_key(word, "asid-bits", &value))
		return parse_asid_bits(parser, value);
	if (word_is(word, "stall") || word_is(word, "stall-force"))
		return parse_stall(parser, word);
	for (i = 0; i < ARRAY_SIZE(smmu_word); i++) {
		if (word_is(word, smmu_word[i].word)) {
			((uint8_t *)header)[smmu_word[i].offset] = 1;
			return true;
		}
	}
	return parser_fail(
		parser,
		"unknown smmu property '%.*s'; ssid-bits=N asid-bits=N ats "
		"two-level-strtab two-level-cd stall stall-force msi range-inv el2 default-dma",
		WORD_ARG(word));
}

static bool parse_smmu(struct parser *parser)
{
	unsigned i;

	if (!parser_once(parser, &parser->seen_smmu))
		return false;
	for (i = 1; i < parser->num_words; i++) {
		if (!parse_smmu_word(parser, parser->word[i]))
			return false;
	}
	return true;
}

/* "00:1f.7": bus 0, two (or one) hexadecimal digits of device, one of function. */
bool parse_rid_value(struct parser *parser, struct word value, uint8_t *out_dev, uint8_t *out_fn)
{
	char text[8] = "", tail;
	unsigned bus, dev, fn;

	if (value.size < sizeof(text))
		memcpy(text, value.at, value.size);
	if (strspn(text, "0123456789abcdefABCDEF:.") != value.size ||
	    sscanf(text, "%2x:%2x.%1u%c", &bus, &dev, &fn, &tail) != 3 || bus ||
	    dev >= TRACE_NUM_RID_DEVS || fn >= TRACE_NUM_RID_FNS)
		return parser_fail(parser, "rid=%.*s; 00:DD.F with DD 00..1f and F 0..7",
				   WORD_ARG(value));
	*out_dev = (uint8_t)dev;
	*out_fn = (uint8_t)fn;
	return true;
}

/* B-8: requester ids are unique; B-6: but for partitions, which have their parent's. */
static bool parse_rid(struct parser *parser, struct word value, struct trace_device *device)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned i;

	if (!parse_rid_value(parser, value, &device->rid_dev, &device->rid_fn))
		return false;
	for (i = 0; i < header->num_devices; i++) {
		if (header->device[i].rid_dev == device->rid_dev &&
		    header->device[i].rid_fn == device->rid_fn)
			return parser_fail(parser,
					   "d%u has the rid of d%u; only partitions of one device "
					   "share a requester id: write mdev m%u parent=d%u",
					   header->num_devices, i, header->num_mdevs, i);
	}
	return true;
}

static bool parse_group(struct parser *parser, struct word value, struct trace_device *device)
{
	if (word_is(value, "none")) {
		device->group = TRACE_NONE;
		return true;
	}
	if (word_number(value, TRACE_MAX_DEVICES - 1) < 0)
		return parser_fail(parser, "group=%.*s; 0..%d or none", WORD_ARG(value),
				   TRACE_MAX_DEVICES - 1);
	device->group = (uint8_t)word_number(value, TRACE_MAX_DEVICES - 1);
	return true;
}

static bool parse_device_word(struct parser *parser, struct word word, struct trace_device *device,
			      bool *has_rid)
{
	struct word value;

	if (word_has_key(word, "rid", &value)) {
		*has_rid = true;
		return parse_rid(parser, value, device);
	}
	if (word_has_key(word, "pasid-bits", &value))
		return number_in(parser, "pasid-bits", value, 0, TRACE_MAX_BITS,
				 &device->pasid_bits);
	if (word_has_key(word, "group", &value))
		return parse_group(parser, value, device);
	if (word_has_key(word, "streams", &value))
		return number_in(parser, "streams", value, 1, TRACE_MAX_STREAMS, &device->streams);
	if (word_has_key(word, "smmu", &value))
		return number_in(parser, "smmu", value, 0, TRACE_MAX_SMMUS - 1, &device->smmu);
	if (word_has_key(word, "vf-of", &value))
		return parse_vf_of(parser, value, device);
	if (word_is(word, "ats"))
		device->ats = 1;
	else if (word_is(word, "stall"))
		device->stall = 1;
	else if (word_is(word, "uninit"))
		device->sva = 0;
	else
		return parser_fail(parser,
				   "unknown device property '%.*s'; rid=00:DD.F pasid-bits=N ats "
				   "stall streams=N smmu=N vf-of=dN group=N|none uninit",
				   WORD_ARG(word));
	return true;
}

/* As trace_normalize_header() would have it, but said rather than changed. */
static bool check_smmu(struct parser *parser, const struct trace_device *device)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_devices, i;

	if (!index && device->smmu)
		return parser_fail(parser, "d0 has smmu=%u; the first device is behind smmu 0",
				   device->smmu);
	for (i = 0; i < index && device->group != TRACE_NONE; i++) {
		if (header->device[i].group == device->group &&
		    header->device[i].smmu != device->smmu)
			return parser_fail(parser,
					   "d%u and d%u are both in group %u; put both behind the "
					   "same smmu",
					   i, index, device->group);
	}
	return true;
}

static bool parse_device(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_devices, i;
	struct trace_device device = {
		.pasid_bits = TRACE_DEFAULT_PASID_BITS,
		.streams = 1,
		.group = (uint8_t)index,
		.domain = TRACE_NONE,
		.sva = 1,
	};
	bool has_rid = false;

	if (index == TRACE_MAX_DEVICES)
		return parser_fail(parser, "more than %d devices; remove one", TRACE_MAX_DEVICES);
	if (parser->num_words < 2 || word_index(parser->word[1], 'd') != (int)index)
		return parser_fail(parser, "devices are numbered in order; the next one is d%u",
				   index);
	for (i = 2; i < parser->num_words; i++) {
		if (!parse_device_word(parser, parser->word[i], &device, &has_rid))
			return false;
	}
	if (!has_rid)
		return parser_fail(parser, "d%u has no rid; add rid=00:%02x.0", index, index + 1);
	if (device.stall && device.ats)
		return parser_fail(
			parser,
			"d%u has stall and ats; what may stall is no PCI function: keep one",
			index);
	if (!check_smmu(parser, &device) || !parse_check_vf(parser, &device))
		return false;
	header->device[index] = device;
	header->num_devices++;
	return true;
}

static bool parse_domain_device(struct parser *parser, struct word word, unsigned domain)
{
	struct trace_header *header = &parser->trace->header;
	int index = word_index(word, 'd');
	struct trace_device *device;

	if (index < 0)
		return parser_fail(parser,
				   "'%.*s' in a domain line; devices (d0 d1 ...) or the "
				   "word identity after the name",
				   WORD_ARG(word));
	if (index >= header->num_devices)
		return parser_fail(parser, "d%d has no device line above; declare it first", index);
	device = &header->device[index];
	if (device->domain != TRACE_NONE)
		return parser_fail(parser, "d%d is in domain %c already; a device is in one domain",
				   index, 'A' + device->domain);
	if (device->group == TRACE_NONE)
		return parser_fail(
			parser, "d%d has group=none and joins no domain; give it a group", index);
	device->domain = (uint8_t)domain;
	return true;
}

static bool parse_domain(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;
	unsigned index = header->num_domains, i = 2;

	if (index == TRACE_MAX_DOMAINS)
		return parser_fail(parser, "more than %d domains; remove one", TRACE_MAX_DOMAINS);
	if (parser->num_words < 2 || parser->word[1].size != 1 ||
	    parser->word[1].at[0] != (char)('A' + index))
		return parser_fail(parser, "domains are named in order; the next one is %c",
				   'A' + index);
	parser->domain_line[index] = parser->line;
	header->num_domains++;
	if (i < parser->num_words && word_is(parser->word[i], "identity")) {
		header->domain_type[index] = TRACE_DOMAIN_IDENTITY;
		i++;
	}
	for (; i < parser->num_words; i++) {
		if (!parse_domain_device(parser, parser->word[i], index))
			return false;
	}
	return true;
}

static bool parse_process(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;
	unsigned i;

	if (!parser_once(parser, &parser->seen_process))
		return false;
	if (parser->num_words < 2)
		return parser_fail(parser, "no process named; process p0 [p1 ...]");
	for (i = 1; i < parser->num_words; i++) {
		int index = word_index(parser->word[i], 'p');

		if (index < 0 || index >= TRACE_MAX_PROCESSES)
			return parser_fail(parser, "'%.*s' is no process; p0..p%d",
					   WORD_ARG(parser->word[i]), TRACE_MAX_PROCESSES - 1);
		if (!parse_check_no_vm(parser, (unsigned)index))
			return false;
		header->processes |= (uint8_t)(1u << index);
	}
	return true;
}

static const struct header_line {
	const char *word;
	bool (*parse)(struct parser *parser);
} header_line[PARSE_NUM_HEADER_WORDS] = {
	{"policy", parse_policy},
	{"misuse", parse_misuse},
	{"smmu", parse_smmu},
	{"device", parse_device},
	{"domain", parse_domain},
	{"process", parse_process},
	{"mdev", parse_mdev},
	{"vm", parse_vm},
	{"two-guests-per-rid", parse_shared_rid},
};

const char *parse_header_word(unsigned index)
{
	return header_line[index].word;
}

static const struct header_line *find_line(struct word word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(header_line); i++) {
		if (word_is(word, header_line[i].word))
			return &header_line[i];
	}
	return NULL;
}

bool parse_is_header(struct word word)
{
	return find_line(word) != NULL;
}

bool parse_header_line(struct parser *parser)
{
	return find_line(parser->word[0])->parse(parser);
}

/* An identity domain is the kernel's default domain, which then is another one. */
static bool check_default_dma(struct parser *parser)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned i;

	for (i = 0; header->default_dma && i < header->num_domains; i++) {
		if (header->domain_type[i] != TRACE_DOMAIN_IDENTITY)
			continue;
		parser->line = parser->domain_line[i];
		return parser_fail(parser,
				   "domain %c is identity, and default-dma makes every default "
				   "domain translate; keep one of the two words",
				   'A' + i);
	}
	return true;
}

/* all devices of a group are attached to the same domain. */
static bool check_groups(struct parser *parser)
{
	const struct trace_header *header = &parser->trace->header;
	unsigned i, j;

	for (i = 0; i < header->num_devices; i++) {
		for (j = i + 1; j < header->num_devices; j++) {
			const struct trace_device *a = &header->device[i], *b = &header->device[j];
			uint8_t domain = a->domain != TRACE_NONE ? a->domain : b->domain;

			if (a->group != b->group || a->group == TRACE_NONE ||
			    a->domain == b->domain)
				continue;
			parser->line = parser->domain_line[domain];
			return parser_fail(parser,
					   "d%u and d%u are both in group %u; list both in the "
					   "same domain",
					   i, j, a->group);
		}
	}
	return true;
}

bool parse_header_end(struct parser *parser)
{
	struct trace_header *header = &parser->trace->header;

	if (!header->num_devices)
		return parser_fail(parser, "no device line above; add device d0 rid=00:01.0");
	if (!parse_topology_end(parser) || !check_groups(parser) || !check_default_dma(parser))
		return false;
	trace_normalize_header(header);
	return true;
}
