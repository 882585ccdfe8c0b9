/* SPDX-License-Identifier: MIT */
/* Steps and states as JSON. Ids are those of traces: d0, A, p0, m0, v0; mm0 is an address space. */
#include "steps.h"

#include "json.h"

#include <string.h>

enum { ID_SIZE = 8, PAGE_BYTES = 4096 };

static const char *id_of(char id[ID_SIZE], const char *prefix, unsigned index)
{
	snprintf(id, ID_SIZE, "%s%u", prefix, index % 1000);
	return id;
}

static void add_id(cJSON *object, const char *key, const char *prefix, unsigned index)
{
	char id[ID_SIZE];

	json_add_text_or_null(object, key, index == REF_NONE ? NULL : id_of(id, prefix, index));
}

static void add_domain(cJSON *object, const char *key, unsigned domain)
{
	const char id[2] = {(char)('A' + domain), '\0'};

	json_add_text_or_null(object, key, domain == REF_NONE ? NULL : id);
}

static void push_ids(cJSON *array, const char *prefix, unsigned set)
{
	char id[ID_SIZE];

	for (unsigned i = 0; set >> i; i++)
		if (set >> i & 1)
			json_push_text(array, id_of(id, prefix, i));
}

static void add_devices(cJSON *state, const struct snapshot *s)
{
	cJSON *array = json_add_array(state, "devices");

	for (unsigned i = 0; i < s->num_devices; i++) {
		cJSON *device = json_push_object(array);

		add_id(device, "id", "d", i);
		json_add_bool(device, "present", s->device[i].present);
		add_domain(device, "domain", s->device[i].domain);
		add_id(device, "vm", "v", s->device[i].vm);
		json_add_bool(device, "sva", s->device[i].sva);
	}
}

/* An entry has a space, or an ordinary domain. */
static void add_entries(cJSON *domain, const struct snapshot_table *table)
{
	cJSON *array = json_add_array(domain, "entries");

	for (unsigned i = 0; i < table->num_entries; i++) {
		cJSON *entry = json_push_object(array);

		json_add_number(entry, "pasid", table->entry[i].pasid);
		add_id(entry, "space", "mm", table->entry[i].mm);
		if (table->entry[i].domain != REF_NONE)
			add_domain(entry, "domain", table->entry[i].domain);
	}
}

static void add_tables(cJSON *state, const struct snapshot *s)
{
	cJSON *array = json_add_array(state, "domains");

	for (unsigned i = 0; i < s->num_tables; i++) {
		const struct snapshot_table *table = &s->table[i];
		bool identity = table->type == REF_DOMAIN_IDENTITY;
		cJSON *domain = json_push_object(array);

		if (table->is_group)
			add_id(domain, "id", "group", table->index);
		else
			add_domain(domain, "id", table->index);
		json_add_text(domain, "type",
			      table->is_group ? "group" : (identity ? "identity" : "stage1"));
		json_add_number(domain, "pages", table->pages);
		add_entries(domain, table);
		if (table->truncated)
			json_add_bool(domain, "truncated", true);
	}
}

static void add_address(cJSON *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	json_add_text(object, key, text);
}

/* How many pages from this one on are neighbours with the same rights. */
static unsigned run_length(const struct snapshot_space *space, unsigned first)
{
	const struct snapshot_page *page = &space->page[first];
	unsigned length = 1;

	while (first + length < space->num_pages &&
	       page[length].va == page->va + length * (uint64_t)PAGE_BYTES &&
	       !strcmp(page[length].rights, page->rights))
		length++;
	return length;
}

/* A row for each run of pages that are alike. */
static void add_pages(cJSON *object, const struct snapshot_space *space)
{
	cJSON *array = json_add_array(object, "pages");
	unsigned length;

	for (unsigned i = 0; i < space->num_pages; i += length) {
		cJSON *page = json_push_object(array);
		uint64_t va = space->page[i].va;
		char range[48];

		length = run_length(space, i);
		snprintf(range, sizeof(range), "0x%llx-0x%llx", (unsigned long long)va,
			 (unsigned long long)(va + length * (uint64_t)PAGE_BYTES - 1));
		if (length == 1)
			add_address(page, "va", va);
		else
			json_add_text(page, "va", range);
		json_add_text(page, "rights", space->page[i].rights);
	}
}

static void add_spaces(cJSON *state, const struct snapshot *s)
{
	cJSON *array = json_add_array(state, "spaces");

	for (unsigned i = 0; i < s->num_spaces; i++) {
		const struct snapshot_space *from = &s->space[i];
		cJSON *space = json_push_object(array);

		add_id(space, "id", "mm", from->mm);
		push_ids(json_add_array(space, "tasks"), "p", from->tasks);
		json_add_number(space, "pasid", from->pasid);
		add_id(space, "vm", "v", from->vm);
		add_pages(space, from);
	}
}

static void add_bonds(cJSON *state, const struct snapshot *s)
{
	cJSON *array = json_add_array(state, "bonds");

	for (unsigned i = 0; i < s->num_bonds; i++) {
		cJSON *bond = json_push_object(array);

		add_id(bond, "device", "d", s->bond[i].device);
		add_id(bond, "space", "mm", s->bond[i].mm);
		json_add_number(bond, "pasid", s->bond[i].pasid);
		add_domain(bond, "domain", s->bond[i].domain);
		add_id(bond, "vm", "v", s->bond[i].vm);
	}
}

static void add_owners(cJSON *state, const struct snapshot *s)
{
	cJSON *partitions = json_add_array(state, "partitions");
	cJSON *vms = json_add_array(state, "vms");

	for (unsigned i = 0; i < s->num_partitions; i++) {
		cJSON *partition = json_push_object(partitions);

		add_id(partition, "id", "m", i);
		add_id(partition, "parent", "d", s->partition[i].parent);
		add_id(partition, "vm", "v", s->partition[i].vm);
		push_ids(json_add_array(partition, "spaces"), "mm", s->partition[i].spaces);
	}
	for (unsigned i = 0; i < s->num_vms; i++) {
		cJSON *vm = json_push_object(vms);

		add_id(vm, "id", "v", i);
		json_add_bool(vm, "running", s->vm[i].running);
		push_ids(json_add_array(vm, "functions"), "d", s->vm[i].functions);
	}
}

static void add_stale(cJSON *state, const struct snapshot *s)
{
	static const char *const where[] = {"tlb", "walk-cache", "atc"};
	cJSON *array = json_add_array(state, "stale");

	for (unsigned i = 0; i < s->num_stale; i++) {
		const struct snapshot_stale *from = &s->stale[i];
		cJSON *stale = json_push_object(array);

		json_add_text(stale, "where", where[from->where]);
		add_id(stale, "device", "d", from->device);
		if (from->has_pasid)
			json_add_number(stale, "pasid", from->pasid);
		else
			json_add_text_or_null(stale, "pasid", NULL);
		if (from->whole)
			json_add_text_or_null(stale, "va", NULL);
		else
			add_address(stale, "va", from->va);
		json_add_text(stale, "rights", from->rights);
		json_add_text(stale, "text", from->text);
	}
	if (s->stale_lost)
		json_add_number(state, "stale_more", s->stale_lost);
}

static char *take_line(cJSON *root)
{
	char *text = json_take(root);

	text[strlen(text) - 1] = '\0';
	return text;
}

char *report_state_json(const struct snapshot *s)
{
	cJSON *state = json_object();

	add_devices(state, s);
	add_tables(state, s);
	add_spaces(state, s);
	add_bonds(state, s);
	add_owners(state, s);
	add_stale(state, s);
	return take_line(state);
}

static void add_lines(cJSON *step, const char *key, const char (*line)[SNAPSHOT_TEXT],
		      unsigned count, unsigned lost)
{
	cJSON *array = json_add_array(step, key);
	char more[32];

	for (unsigned i = 0; i < count; i++)
		json_push_text(array, line[i]);
	snprintf(more, sizeof(more), "and %u more", lost);
	if (lost)
		json_push_text(array, more);
}

char *report_step_json(const struct report_step *from)
{
	static const struct snapshot nothing;
	const struct snapshot *after = from->after ? from->after : &nothing;
	cJSON *step = json_object();

	json_add_number(step, "index", from->index);
	json_add_text(step, "op", from->op);
	json_add_text(step, "words", from->words);
	json_add_text(step, "expected", from->expected);
	json_add_text(step, "observed", from->observed);
	json_add_text(step, "rule", from->rule);
	add_lines(step, "commands", after->command, after->num_commands, after->commands_lost);
	add_lines(step, "events", after->event, after->num_events, after->events_lost);
	return take_line(step);
}
