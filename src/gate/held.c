#include <errno.h>
#include <string.h>

#include "clock.h"
#include "flow.h"
#include "gate_internal.h"
#include "held.h"
#include "mask.h"
#include "redactions.h"
#include "upstream_link.h"

static const char domain[] = ".svc.enclave.internal";

struct enc_held_table {
	struct enc_gate *gate;
	struct enc_list all; /* records, also former ones that are in use */
	struct enc_mask *mask;
	size_t count;
	struct enc_held_row rows[ENC_BINDINGS_MAX];
};

struct enc_held_table *enc_held_table_new(struct enc_gate *gate)
{
	struct enc_held_table *table = enc_xalloc(sizeof(*table));

	table->gate = gate;
	enc_list_init(&table->all);
	return table;
}

static bool is_text(struct enc_text text, const char *other)
{
	return strlen(other) == text.length &&
	       memcmp(text.bytes, other, text.length) == 0;
}

/* ---- the mask ---- */

struct enc_mask *enc_held_mask(const struct enc_held_table *table)
{
	return table->mask;
}

/* add_values() - add the values of records. Return: as enc_mask_add() */
static int add_values(const struct enc_held_table *table, struct enc_mask *mask,
		      bool current)
{
	int r = 0;

	ENC_LIST_EACH(table->all, at)
	{
		const struct enc_held *held =
			ENC_HOLDER(at, struct enc_held, link);
		const struct enc_binding *binding = &held->binding;

		if (r == 0 && held->current == current && binding->mask) {
			uint32_t id = enc_redactions_id(
				enc_gate_redactions(held->gate), binding->name);

			r = enc_mask_add_binding(mask, id, binding);
		}
	}
	return r;
}

/* make_mask() - make the mask of all records, or only of the current ones */
static struct enc_mask *make_mask(const struct enc_held_table *table,
				  bool former)
{
	struct enc_mask *mask = enc_mask_new();
	int r = add_values(table, mask, /* current= */ true);

	/* The current records' values always fit. */
	ENC_ASSERT(r == 0 || former);
	if (r == 0 && former) {
		r = add_values(table, mask, /* current= */ false);
	}
	enc_mask_seal(mask);
	return r == 0 ? mask : enc_mask_unref(mask);
}

/*
 * renew_mask() - make the mask of the present records. Return: false: former
 * ones had no room
 */
static bool renew_mask(struct enc_held_table *table)
{
	struct enc_mask *mask = make_mask(table, /* former= */ true);
	bool all = mask != NULL;

	if (!all) {
		mask = make_mask(table, /* former= */ false);
	}
	(void)enc_mask_unref(table->mask);
	table->mask = mask;
	enc_gate_mask(table->gate, mask);
	return all;
}

/* ---- records ---- */

struct enc_held *enc_held_ref(struct enc_held *held)
{
	held->users++;
	return held;
}

void enc_held_unref(struct enc_held *held)
{
	if (held == NULL || --held->users > 0) {
		return;
	}
	enc_list_remove(&held->link);
	explicit_bzero(held->bytes, held->length);
	free(held->bytes);
	/* With fewer values there is no less room. */
	(void)renew_mask(held->gate->held);
	free(held);
}

/* read_record() - copy a record and parse the copy; NULL if it is malformed */
static struct enc_held *read_record(struct enc_held_table *table,
				    const uint8_t *bytes, size_t length)
{
	struct enc_held *held = enc_xalloc(sizeof(*held));

	ENC_ASSERT(length <= ENC_BINDING_MAX_BYTES);
	held->gate = table->gate;
	held->users = 1;
	held->bytes = enc_xalloc(length);
	held->length = length;
	memcpy(held->bytes, bytes, length);
	enc_list_init(&held->link);
	enc_list_init(&held->kept);
	enc_list_append(&table->all, &held->link);
	if (enc_binding_parse(held->bytes, length, &held->binding) < 0) {
		enc_held_unref(held);
		return NULL;
	}
	(void)snprintf(held->rule, sizeof(held->rule), "binding:%.*s",
		       (int)held->binding.name.length,
		       held->binding.name.bytes);
	return held;
}

/* put_down() - take a record out of the table; exchanges may still use it */
static void put_down(struct enc_held *held)
{
	if (held != NULL) {
		held->current = false;
		enc_upstream_link_close_kept(held);
		enc_held_unref(held);
	}
}

/* ---- the table ---- */

static struct enc_held_row *find_id(struct enc_held_table *table,
				    struct enc_text org, struct enc_text id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (is_text(org, table->rows[i].org) &&
		    is_text(id, table->rows[i].id)) {
			return &table->rows[i];
		}
	}
	return NULL;
}

static struct enc_held_row *find_name(struct enc_held_table *table,
				      struct enc_text name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (is_text(name, table->rows[i].name)) {
			return &table->rows[i];
		}
	}
	return NULL;
}

struct enc_held_row *enc_held_find(struct enc_held_table *table,
				   struct enc_text name)
{
	/* Without this flag the launcher gives the gate no sockets. */
	return (table->gate->outside & ENC_OUTSIDE_BINDINGS) == 0
		       ? NULL
		       : find_name(table, name);
}

/* remove_row() - forget a name; the last row takes its place */
static void remove_row(struct enc_held_table *table, struct enc_held_row *row)
{
	struct enc_held *held = row->held;
	struct enc_held *lost = row->lost;

	*row = table->rows[--table->count];
	put_down(held);
	enc_held_unref(lost);
}

/* copy_text() - copy a text that a record limits to the room there is */
static void copy_text(char *to, size_t room, struct enc_text text)
{
	ENC_ASSERT(text.length < room);
	memcpy(to, text.bytes, text.length);
	to[text.length] = '\0';
}

/* add_row() - make the row of a binding that has none; NULL: no room */
static struct enc_held_row *add_row(struct enc_held_table *table,
				    const struct enc_binding *binding)
{
	struct enc_held_row *row;

	if (table->count == ENC_BINDINGS_MAX) {
		return NULL;
	}
	row = &table->rows[table->count++];
	*row = (struct enc_held_row){ 0 };
	copy_text(row->org, sizeof(row->org), binding->org);
	copy_text(row->id, sizeof(row->id), binding->id);
	return row;
}

/* cut_former() - end what might bring back a value that isn't masked */
static void cut_former(struct enc_held_table *table)
{
	ENC_LIST_EACH(table->all, at)
	{
		struct enc_held *held = ENC_HOLDER(at, struct enc_held, link);

		held->withdrawn |= !held->current;
	}
	enc_flows_judge_again(table->gate->flows);
}

int enc_held_take(struct enc_held_table *table, const uint8_t *bytes,
		  size_t length)
{
	struct enc_held *held = read_record(table, bytes, length);
	const struct enc_binding *binding;
	struct enc_held_row *other;
	struct enc_held_row *row;

	if (held == NULL) {
		return -EPROTO;
	}
	binding = &held->binding;
	row = find_id(table, binding->org, binding->id);
	if (row != NULL && row->held != NULL &&
	    row->held->binding.version >= binding->version) {
		enc_held_unref(held);
		return 0;
	}
	/* A name belongs to the binding that was given last. */
	other = find_name(table, binding->name);
	if (other != NULL && other != row) {
		remove_row(table, other);
		row = find_id(table, binding->org, binding->id);
	}
	row = row == NULL ? add_row(table, binding) : row;
	if (row == NULL) {
		enc_held_unref(held);
		return -ENOSPC;
	}
	put_down(row->held);
	enc_held_unref(ENC_TAKE(row->lost));
	row->held = held;
	held->current = true;
	copy_text(row->name, sizeof(row->name), binding->name);
	memcpy(row->rule, held->rule, sizeof(row->rule));
	enc_call_rate_set(&row->rate, binding->rate, enc_clock_mono_ms());
	if (!renew_mask(table)) {
		cut_former(table);
	}
	return 0;
}

void enc_held_withdraw(struct enc_held_table *table, struct enc_text org,
		       struct enc_text id)
{
	struct enc_held_row *row = find_id(table, org, id);

	/* Exchanges may still use former versions. */
	ENC_LIST_EACH(table->all, at)
	{
		struct enc_held *held = ENC_HOLDER(at, struct enc_held, link);
		const struct enc_binding *binding = &held->binding;

		held->withdrawn |=
			binding->id.length == id.length &&
			binding->org.length == org.length &&
			memcmp(binding->id.bytes, id.bytes, id.length) == 0 &&
			memcmp(binding->org.bytes, org.bytes, org.length) == 0;
	}
	if (row != NULL) {
		remove_row(table, row);
		(void)renew_mask(table);
	}
	enc_flows_judge_again(table->gate->flows);
}

void enc_held_lose(struct enc_held_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct enc_held_row *row = &table->rows[i];

		if (row->held != NULL) {
			row->lost = ENC_TAKE(row->held);
			row->lost->current = false;
			enc_upstream_link_close_kept(row->lost);
		}
	}
}

/* ---- names ---- */

bool enc_held_name(const char *host, struct enc_text *ret_name)
{
	size_t length = strlen(host);
	size_t below = sizeof(domain) - 1;

	if (length <= below || strcmp(host + length - below, domain) != 0) {
		return false;
	}
	*ret_name = (struct enc_text){ host, length - below };
	return true;
}

void enc_held_judge(struct enc_held_table *table, struct enc_text name,
		    uint16_t port, struct enc_decision *ret_decision)
{
	const struct enc_held_row *row = enc_held_find(table, name);

	if (row == NULL) {
		*ret_decision = (struct enc_decision){ ENC_VERDICT_DENY,
						       "binding: not granted" };
	} else if (port != ENC_FLOW_HTTP_PORT) {
		*ret_decision =
			(struct enc_decision){ ENC_VERDICT_DENY,
					       "binding: port 80 only" };
	} else {
		*ret_decision =
			(struct enc_decision){ ENC_VERDICT_ALLOW, row->rule };
	}
}
