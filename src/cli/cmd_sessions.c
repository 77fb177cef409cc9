#include <string.h>

#include "cmd.h"
#include "fetch.h"
#include "inert.h"
#include "print.h"
#include "target.h"

struct list_options {
	struct enc_common_options base;
	const char *phase;
	const char *outcome;
	const char *name;
	const char *label;
	const char *since;
	const char *limit;
	const char *cursor;
};

#define AT(field) offsetof(struct list_options, field)
static const struct enc_option list_rows[] = {
	{ "phase", 0, ENC_OPTION_CHOICE, AT(phase), "PHASE",
	  "pending|running|succeeded|failed|killed|torn_down",
	  "Only sessions in this phase" },
	{ "outcome", 0, ENC_OPTION_CHOICE, AT(outcome), "OUTCOME",
	  "succeeded|failed|killed", "Only sessions that ended like this" },
	{ "name", 0, ENC_OPTION_TEXT, AT(name), "PREFIX", NULL,
	  "Only sessions whose name begins with it" },
	{ "label", 0, ENC_OPTION_TEXT, AT(label), "NAME=VALUE", NULL,
	  "Only sessions that have this label" },
	{ "since", 0, ENC_OPTION_TEXT, AT(since), "TIME", NULL,
	  "Only sessions made since then (2026-01-31T12:00:00Z)" },
	{ "limit", 'n', ENC_OPTION_TEXT, AT(limit), "NUMBER", NULL,
	  "At most so many, 1 to 100" },
	{ "cursor", 0, ENC_OPTION_TEXT, AT(cursor), "TEXT", NULL,
	  "Go on where another list ended" },
};
#undef AT

static const struct enc_print_column columns[] = {
	{ "SESSION", "id", 20 },       { "PHASE", "phase", 9 },
	{ "OUTCOME", "outcome", 9 },   { "KILLED", "killReason", 19 },
	{ "LANGUAGE", "language", 8 }, { "CREATED", "createdAt", 24 },
	{ "AUDIT", "audit.count", 5 }, { "BACKEND", "backend", 9 },
	{ "NAME", "name", 0 },
};

/*
 * label_filter() - the API's form of a label, name:value, of the form that
 * `enclave run` takes; the caller frees it
 */
static char *label_filter(const char *label)
{
	char *filter = label == NULL ? NULL : enc_xstrdup(label);
	char *sign = filter == NULL ? NULL : strpbrk(filter, "=:");

	if (sign != NULL) {
		*sign = ':';
	}
	return filter;
}

/* list_target() - append path and query of the list to @target, with a NUL */
static enum enc_code list_target(const struct list_options *options,
				 struct enc_buf *target, struct enc_error *err)
{
	enc_autofree char *label = label_filter(options->label);
	const char *const filters[][2] = {
		{ "phase", options->phase },   { "outcome", options->outcome },
		{ "name", options->name },     { "label", label },
		{ "since", options->since },   { "limit", options->limit },
		{ "cursor", options->cursor },
	};
	int r = enc_buf_printf(target, "/v1/sessions");

	for (size_t i = 0; i < ENC_COUNT(filters) && r == 0; i++) {
		if (filters[i][1] != NULL) {
			r = enc_target_query(target, filters[i][0],
					     filters[i][1]);
		}
	}
	if (r == 0) {
		r = enc_buf_append(target, "", 1);
	}
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_LIMIT, "the filters are too long");
}

/* show_list() - print a page of sessions as a table, and the next cursor */
static void show_list(struct enc_cli *cli, const json_t *reply)
{
	enc_autofree char *cursor =
		enc_inert_line(enc_json_text(reply, "nextCursor"));

	enc_print_table(cli->out, columns, ENC_COUNT(columns),
			json_object_get(reply, "sessions"));
	if (cursor[0] != '\0') {
		(void)fprintf(cli->notes, "there are more: --cursor %s\n",
			      cursor);
	}
}

/* run_list() - `enclave sessions list`: print the sessions that match */
static enum enc_code run_list(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "GET",
						.show = show_list };
	const struct list_options *options = call->options;
	ENC_AUTO(buf) target = ENC_BUF(4096);
	enum enc_code code = list_target(options, &target, err);

	return code != ENC_OK
		       ? code
		       : enc_fetch_show(cli, options->base.json, &fetch,
					(const char *)enc_buf_bytes(&target),
					err);
}

const struct enc_command enc_cmd_sessions_list = {
	.name = "sessions list",
	.arguments = "",
	.summary = "List sessions, newest first",
	.options = list_rows,
	.option_count = ENC_COUNT(list_rows),
	.options_size = sizeof(struct list_options),
	.run = run_list,
};

/* show_session() - print the main fields of a session, one on each line */
static void show_session(struct enc_cli *cli, const json_t *session)
{
	static const char *const fields[][2] = {
		{ "session", "id" },
		{ "name", "name" },
		{ "phase", "phase" },
		{ "outcome", "outcome" },
		{ "killed", "killReason" },
		{ "reason", "reason.message" },
		{ "exit code", "result.exitCode" },
		{ "signal", "result.signal" },
		{ "result", "result.json" },
		{ "language", "language" },
		{ "backend", "backend" },
		{ "isolation", "isolation.kernel" },
		{ "layers", "isolation.layers" },
		{ "labels", "labels" },
		{ "limits", "limits" },
		{ "egress", "egress" },
		{ "usage", "usage" },
		{ "timings", "timings" },
		{ "audit", "audit" },
		{ "created", "createdAt" },
		{ "started", "startedAt" },
		{ "finished", "finishedAt" },
	};

	for (size_t i = 0; i < ENC_COUNT(fields); i++) {
		enc_print_field(cli->out, fields[i][0],
				enc_json_path(session, fields[i][1]));
	}
}

/* run_get() - `enclave sessions get`: get one session and print it */
static enum enc_code run_get(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "GET",
						.collection = "sessions",
						.what = "session",
						.tail = "",
						.show = show_session };

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_sessions_get = {
	.name = "sessions get",
	.arguments = "SESSION",
	.summary = "Show one session",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_get,
};
