#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "audit_verify.h"
#include "cmd.h"
#include "events.h"
#include "file.h"
#include "hex.h"
#include "inert.h"
#include "print.h"
#include "server.h"
#include "target.h"

enum {
	PIECE_BYTES = 65536,
	VERIFY_USAGE = 3,
	LINE_BYTES = 256, /* a signature or key in hex, and more than that */
};

/* fetch_bundle() - get the audit bundle of session @id from the server */
static enum enc_code fetch_bundle(const char *id, struct enc_buf *ret_bundle,
				  struct enc_error *err)
{
	struct enc_server *server = NULL;
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session", id,
					   "/audit?format=bundle", target, err);

	if (code == ENC_OK) {
		code = enc_server_find(&server, err);
	}
	if (code == ENC_OK) {
		code = enc_server_call(server, "GET", target, NULL, ret_bundle,
				       err);
	}
	server = enc_server_free(server);
	return code;
}

/*
 * show_event() - print an audit event as one line, such as
 * "   3  2026-11-22T06:00:00.000Z  sandbox_started  {...}"
 */
static void show_event(const json_t *event, FILE *out)
{
	const json_t *data = json_object_get(event, "data");
	enc_autofree char *dumped =
		data == NULL
			? NULL
			: json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII |
						   JSON_ENCODE_ANY);
	enc_autofree char *line = enc_inert_line(dumped == NULL ? "" : dumped);
	enc_autofree char *type = enc_inert_line(enc_json_text(event, "type"));
	enc_autofree char *time = enc_inert_line(enc_json_text(event, "ts"));

	(void)fprintf(out, "%4lld  %-24s  %-18s  %s\n",
		      (long long)json_integer_value(json_object_get(event,
								    "seq")),
		      time, type, line);
}

/* run_show() - `enclave audit show`: print the events and the verdict */
static enum enc_code run_show(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	ENC_AUTO(buf) bundle = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_audit_report report;
	json_t *events = NULL;
	json_t *event;
	size_t i;
	enum enc_code code = fetch_bundle(call->words->word[0], &bundle, err);

	if (code == ENC_OK) {
		code = enc_events_load(enc_buf_bytes(&bundle), bundle.length,
				       &events, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (common->json) {
		enc_print_json(cli->out, events);
	} else {
		json_array_foreach(events, i, event)
		{
			show_event(event, cli->out);
		}
		enc_audit_verify(enc_buf_bytes(&bundle), bundle.length,
				 &report);
		(void)fprintf(cli->notes, "enclave: %s: %s\n",
			      enc_audit_verdict_name(report.verdict),
			      report.message);
	}
	json_decref(events);
	return ENC_OK;
}

const struct enc_command enc_cmd_audit_show = {
	.name = "audit show",
	.arguments = "SESSION",
	.summary = "Show what is on record about a session",
	.text = "One event a line; the verdict of the verifier goes to "
		"standard error. --json prints\nthe events as an array.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};

struct export_options {
	struct enc_common_options base;
	const char *out;
	const char *signature;
};

#define AT(field) offsetof(struct export_options, field)
static const struct enc_option export_rows[] = {
	{ "out", 'o', ENC_OPTION_TEXT, AT(out), "PATH", NULL,
	  "File to write, whole or not at all; else to stdout" },
	{ "signature", 0, ENC_OPTION_TEXT, AT(signature), "PATH", NULL,
	  "File to write the vault's signature of the log to; the session must "
	  "have ended" },
};
#undef AT

/* fetch_json() - get a resource of the server; @ret_value: new reference */
static enum enc_code fetch_json(const char *target, json_t **ret_value,
				struct enc_error *err)
{
	struct enc_server *server = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = enc_server_json(server, "GET", target, NULL, ret_value,
				       err);
	}
	server = enc_server_free(server);
	return code;
}

/* write_signature() - write the signature of a session's log to a file */
static enum enc_code write_signature(const char *id, const char *path,
				     struct enc_error *err)
{
	char target[256];
	json_t *answer = NULL;
	enum enc_code code = enc_target_of("sessions", "session", id,
					   "/audit/signature", target, err);

	if (code == ENC_OK) {
		code = fetch_json(target, &answer, err);
	}
	if (code == ENC_OK) {
		enc_autofree char *line =
			enc_xprintf("%s\n", enc_json_text(answer, "signature"));

		code = enc_file_write(path, line, strlen(line), err);
	}
	json_decref(answer);
	return code;
}

/* run_export() - `enclave audit export`: write the bundle to --out or stdout */
static enum enc_code run_export(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	const struct export_options *options = call->options;
	ENC_AUTO(buf) bundle = ENC_BUF(ENC_SERVER_BODY_MAX);
	const char *out = options->out == NULL ? "-" : options->out;
	enum enc_code code;

	/* The bundle would replace the signature. */
	if (options->signature != NULL &&
	    strcmp(out, options->signature) == 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--out and --signature have to be two files");
	}
	code = fetch_bundle(call->words->word[0], &bundle, err);
	/* A bundle comes once the log is sealed, and then it is signed. */
	if (code == ENC_OK && options->signature != NULL) {
		code = write_signature(call->words->word[0], options->signature,
				       err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (options->out != NULL) {
		return enc_file_write(options->out, enc_buf_bytes(&bundle),
				      bundle.length, err);
	}
	return fwrite(enc_buf_bytes(&bundle), 1, bundle.length, cli->out) ==
			       bundle.length
		       ? ENC_OK
		       : enc_fail(err, ENC_UNAVAILABLE,
				  "the output can't be written: %s",
				  strerror(errno));
}

const struct enc_command enc_cmd_audit_export = {
	.name = "audit export",
	.arguments = "SESSION",
	.summary = "Print the audit bundle of a session, byte for byte",
	.text = "The bundle is a text of JSON lines and verifies without a "
		"server, see\n`enclave audit verify`. --json changes nothing: "
		"it is JSON already. With the signature\nand `enclave audit "
		"key` it also shows that no other log of the session was made "
		"later.",
	.options = export_rows,
	.option_count = ENC_COUNT(export_rows),
	.options_size = sizeof(struct export_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_export,
};

/* verify_fd() - verify a bundle in pieces, so that it may have any size */
static enum enc_code verify_fd(int fd, const char *path,
			       struct enc_audit_report *ret_report,
			       struct enc_error *err)
{
	struct enc_audit_verifier *verifier = enc_audit_verifier_new();
	uint8_t piece[PIECE_BYTES];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got > 0) {
			enc_audit_verifier_feed(verifier, piece, (size_t)got);
		} else if (errno != EINTR) {
			(void)enc_fail(err, ENC_BAD_REQUEST,
				       "%.150s can't be read: %s", path,
				       strerror(errno));
			enc_audit_verifier_free(verifier);
			return ENC_BAD_REQUEST;
		}
	}
	enc_audit_verifier_end(verifier, ret_report);
	enc_audit_verifier_free(verifier);
	return ENC_OK;
}

/* print_report_json() - print the verdict as JSON, and where a fault is */
static void print_report_json(const struct enc_audit_report *report, FILE *out)
{
	json_t *value =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:s}", "verdict",
			  enc_audit_verdict_name(report->verdict), "orgId",
			  report->org_id, "sessionId", report->sid, "events",
			  (json_int_t)report->events, "erased",
			  (json_int_t)report->erased, "head", report->head,
			  "signed", report->is_signed, "message",
			  report->message);

	ENC_ASSERT(value != NULL);
	if (report->line > 0) {
		ENC_MUST(json_object_set_new(
			value, "line", json_integer((json_int_t)report->line)));
		ENC_MUST(json_object_set_new(
			value, "byte",
			json_integer((json_int_t)report->offset)));
	}
	enc_print_json(out, value);
	json_decref(value);
}

/* print_report() - print the verifier's verdict as text */
static void print_report(struct enc_cli *cli,
			 const struct enc_audit_report *report)
{
	if (report->verdict == ENC_AUDIT_VERDICT_OK) {
		(void)fprintf(cli->out,
			      "ok: session %s of %s, %" PRIu64
			      " events, head %s%s\n",
			      report->sid, report->org_id, report->events,
			      report->head,
			      report->is_signed ? ", signed" : "");
		if (report->erased > 0) {
			(void)fprintf(cli->out,
				      "%" PRIu64 " events were erased; their "
				      "places and hashes are whole "
				      "(--require-all refuses such a log)\n",
				      report->erased);
		}
		return;
	}
	if (report->line == 0) {
		(void)fprintf(cli->out, "%s: %s\n",
			      enc_audit_verdict_name(report->verdict),
			      report->message);
		return;
	}
	/* The message names the line. */
	(void)fprintf(cli->out, "%s: %s (byte %" PRIu64 " of the bundle)\n",
		      enc_audit_verdict_name(report->verdict), report->message,
		      report->offset);
}

/* run_key() - `enclave audit key`: print the key that checks signatures */
static enum enc_code run_key(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *answer = NULL;
	enum enc_code code = fetch_json("/v1/audit/key", &answer, err);

	if (code == ENC_OK && common->json) {
		enc_print_json(cli->out, answer);
	} else if (code == ENC_OK) {
		enc_autofree char *key =
			enc_inert_line(enc_json_text(answer, "key"));

		(void)fprintf(cli->out, "%s\n", key);
	}
	json_decref(answer);
	return code;
}

const struct enc_command enc_cmd_audit_key = {
	.name = "audit key",
	.arguments = "",
	.summary = "Print the key that signatures of logs are checked with",
	.text = "Save the key once, outside of the server's reach, "
		"and pass it to\n`enclave audit verify --key`. It stays the "
		"same until the vault loses its memory.",
	.options_size = sizeof(struct enc_common_options),
	.run = run_key,
};

struct verify_options {
	struct enc_common_options base;
	const char *head;
	const char *signature;
	const char *key;
	bool require_all;
};

#define AT(field) offsetof(struct verify_options, field)
static const struct enc_option verify_rows[] = {
	{ "head", 0, ENC_OPTION_TEXT, AT(head), "HEX", NULL,
	  "The log must end with this head, as you noted it when the session "
	  "ended" },
	{ "signature", 0, ENC_OPTION_TEXT, AT(signature), "PATH", NULL,
	  "File with the vault's signature, which must be of this log; needs "
	  "--key" },
	{ "key", 0, ENC_OPTION_TEXT, AT(key), "PATH", NULL,
	  "File with the vault's key, as `enclave audit key` printed it "
	  "(without --json)" },
	{ "require-all", 0, ENC_OPTION_FLAG, AT(require_all), NULL, NULL,
	  "No event may be erased" },
};
#undef AT

/* is_head() - whether @text is a digest as bundles spell it */
static bool is_head(const char *text)
{
	return strlen(text) == ENC_SHA256_HEX_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == ENC_SHA256_HEX_BYTES - 1;
}

/* read_hex() - read a file that is a line of hex digits of so many bytes */
static enum enc_code read_hex(const char *path, size_t bytes,
			      uint8_t *ret_bytes, struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(LINE_BYTES);
	const char *digits;
	size_t length;

	if (enc_file_read(path, &text, err) != ENC_OK) {
		/* As if the bundle couldn't be read. */
		err->code = ENC_BAD_REQUEST;
		return err->code;
	}
	digits = (const char *)enc_buf_bytes(&text);
	length = text.length;
	length -= length > 0 && digits[length - 1] == '\n' ? 1 : 0;
	if (length != 2 * bytes ||
	    enc_hex_decode(digits, length, ret_bytes) < 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%.150s has to be %zu digits 0-9 a-f", path,
				2 * bytes);
	}
	return ENC_OK;
}

/* require() - judge by what the caller asks for beyond the chain itself */
static enum enc_code require(const struct verify_options *options,
			     struct enc_audit_report *report,
			     struct enc_error *err)
{
	uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES];
	uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES];
	enum enc_code code = ENC_OK;

	enc_audit_report_require(report, options->head, /* all= */ false);
	if (options->signature != NULL) {
		code = read_hex(options->signature, sizeof(signature),
				signature, err);
	}
	if (code == ENC_OK && options->signature != NULL) {
		code = read_hex(options->key, sizeof(key), key, err);
	}
	if (code == ENC_OK && options->signature != NULL) {
		enc_audit_report_signed(report, key, signature);
	}
	if (code == ENC_OK) {
		enc_audit_report_require(report, NULL, options->require_all);
	}
	return code;
}

/* is_dash() - whether a path stands for standard input */
static bool is_dash(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* run_verify() - `enclave audit verify`: the exit status tells the verdict */
static enum enc_code run_verify(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	const struct verify_options *options = call->options;
	const char *path = call->words->word[0];
	bool is_stdin = is_dash(path);
	struct enc_audit_report report;
	enum enc_code code;
	int fd;

	if (options->head != NULL && !is_head(options->head)) {
		return enc_fail(
			err, ENC_BAD_REQUEST,
			"--head has to be 64 digits 0-9 a-f, such as "
			"audit.head in `enclave sessions get --json SESSION`");
	}
	if ((options->signature == NULL) != (options->key == NULL)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--signature and --key belong together");
	}
	if (options->signature != NULL &&
	    is_dash(path) + is_dash(options->signature) +
			    is_dash(options->key) >
		    1) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"only one of the files can be standard input");
	}
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%.150s can't be read: %s", path,
				strerror(errno));
	}
	code = verify_fd(fd, path, &report, err);
	if (!is_stdin) {
		(void)close(fd);
	}
	if (code == ENC_OK) {
		code = require(options, &report, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (options->base.json) {
		print_report_json(&report, cli->out);
	} else {
		print_report(cli, &report);
	}
	cli->exit_status = (int)report.verdict;
	return ENC_OK;
}

const struct enc_command enc_cmd_audit_verify = {
	.name = "audit verify",
	.arguments = "FILE|-",
	.summary = "Check an audit bundle, without any server",
	.text = "Exit status 0: whole and sealed; 1: tampered with, and the "
		"line is named; 2: good so\nfar but not sealed, so the end "
		"may be missing; 3: wrong usage or no such file;\n4: a "
		"version of the format that is not known here; 5: no audit "
		"bundle; 6: the log ends\nwith another head than --head; 7: "
		"events were erased (with --require-all); 8: the\nsignature "
		"isn't of this log (with --signature).\n\nThe operator of the "
		"server can rebuild a whole log, and it will verify. Keep "
		"the head of\nimportant sessions elsewhere and pass it as "
		"--head. With --signature and --key a second\nlog of a session "
		"doesn't verify, unless its author controlled the vault, too.",
	.options = verify_rows,
	.option_count = ENC_COUNT(verify_rows),
	.options_size = sizeof(struct verify_options),
	.words_min = 1,
	.words_max = 1,
	.usage_status = VERIFY_USAGE,
	.run = run_verify,
};
