#include <string.h>

#include "cmd.h"
#include "print.h"
#include "server.h"

enum { DAYS_MAX = 36500 };

struct options {
	struct enc_common_options base;
	const char *older_than;
	bool dry_run;
};

#define AT(field) offsetof(struct options, field)
static const struct enc_option rows[] = {
	{ "older-than", 0, ENC_OPTION_TEXT, AT(older_than), "TIME", NULL,
	  "Age of the sessions, such as 30d or 12h" },
	{ "dry-run", 0, ENC_OPTION_FLAG, AT(dry_run), NULL, NULL,
	  "Only count them" },
};
#undef AT

/* read_age() - convert "30d" or "12h" to seconds */
static enum enc_code read_age(const char *text, long long *ret_seconds,
			      struct enc_error *err)
{
	size_t digits = text == NULL ? 0 : strspn(text, "0123456789");
	long long number =
		digits > 0 && digits < 7 ? strtoll(text, NULL, 10) : -1;
	long long unit = 0;

	if (number >= 0 && strcmp(text + digits, "d") == 0) {
		unit = 86400;
	} else if (number >= 0 && strcmp(text + digits, "h") == 0) {
		unit = 3600;
	}
	if (unit == 0 || number * unit > DAYS_MAX * 86400LL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--older-than is a time like 30d or 12h, at "
				"most %dd%s%.40s",
				DAYS_MAX, text == NULL ? "" : ", not ",
				text == NULL ? "" : text);
	}
	*ret_seconds = number * unit;
	return ENC_OK;
}

/*
 * prune() - have the server remove sessions until no old one is left
 * @ret_more: only counted, and there are more than the server counts
 */
static enum enc_code prune(struct enc_server *server, long long age_s,
			   bool dry_run, long long *ret_count, bool *ret_more,
			   struct enc_error *err)
{
	enc_autofree char *body =
		enc_xprintf("{\"olderThanSeconds\":%lld,\"dryRun\":%s}", age_s,
			    dry_run ? "true" : "false");
	enum enc_code code = ENC_OK;
	bool more = true;

	*ret_count = 0;
	while (code == ENC_OK && more) {
		json_t *reply = NULL;

		code = enc_server_json(server, "POST", "/v1/prune", body,
				       &reply, err);
		*ret_count +=
			(long long)json_integer_value(json_object_get(reply,
								      "count"));
		more = json_is_true(json_object_get(reply, "more"));
		json_decref(reply);
		if (dry_run) {
			break;
		}
	}
	*ret_more = more;
	return code;
}

/* run() - `enclave sessions prune`: remove the records of old sessions */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
	struct enc_server *server = NULL;
	long long age_s = 0;
	long long count = 0;
	bool more = false;
	enum enc_code code = read_age(options->older_than, &age_s, err);

	if (code == ENC_OK) {
		code = enc_server_find(&server, err);
	}
	if (code == ENC_OK) {
		code = prune(server, age_s, options->dry_run, &count, &more,
			     err);
	}
	server = enc_server_free(server);
	if (code == ENC_OK && options->base.json) {
		json_t *answer = json_pack("{s:I,s:b}", "count",
					   (json_int_t)count, "more", more);

		enc_print_json(cli->out, answer);
		json_decref(answer);
	} else if (code == ENC_OK) {
		(void)fprintf(cli->out, "%s%lld sessions %s\n",
			      more ? "at least " : "", count,
			      options->dry_run ? "would be removed"
					       : "removed");
	}
	return code;
}

const struct enc_command enc_cmd_sessions_prune = {
	.name = "sessions prune",
	.arguments = "",
	.summary = "Remove the records of old sessions, as root",
	.text = "Sessions of all organisations that have ended, and were "
		"created so long ago:\ntheir result, output, audit log and "
		"idempotency key. Export the audit logs before,\nif you need "
		"them: the server's admin log keeps only the head of each. A "
		"session\nthat has not ended is never removed.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
