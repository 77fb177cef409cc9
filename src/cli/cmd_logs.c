#include <signal.h>
#include <string.h>

#include "buf.h"
#include "cmd.h"
#include "json.h"
#include "print.h"
#include "run_output.h"
#include "server.h"
#include "target.h"

enum { KIND_BYTES_MAX = 1024 };

struct options {
	struct enc_common_options base;
	bool follow;
	bool raw;
};

static const struct enc_option rows[] = {
	{ "follow", 'f', ENC_OPTION_FLAG, offsetof(struct options, follow),
	  NULL, NULL, "Wait for what comes, to the end of the session" },
	{ "raw", 0, ENC_OPTION_FLAG, offsetof(struct options, raw), NULL, NULL,
	  "Escape sequences reach the terminal as they are" },
};

/* print_event() - for --json: print a stream event of any kind as one line */
static bool print_event(void *user, const struct enc_server_event *event)
{
	FILE *out = user;
	ENC_AUTO(buf) kind = ENC_BUF(KIND_BYTES_MAX);

	/* The data is JSON on one line; a decoder may refuse a result. */
	return enc_json_string(&kind, event->kind, strlen(event->kind)) == 0 &&
	       fprintf(out, "{\"kind\":%.*s,\"data\":%s}\n", (int)kind.length,
		       (const char *)enc_buf_bytes(&kind), event->data) > 0 &&
	       fflush(out) == 0;
}

/* check_ended() - fail unless session @id has ended: its audit log is sealed */
static enum enc_code check_ended(struct enc_server *server, const char *id,
				 struct enc_error *err)
{
	char target[256];
	json_t *session = NULL;
	enum enc_code code =
		enc_target_of("sessions", "session", id, "", target, err);
	bool sealed;

	if (code == ENC_OK) {
		code = enc_server_json(server, "GET", target, NULL, &session,
				       err);
	}
	if (code != ENC_OK) {
		return code;
	}
	sealed = json_is_true(enc_json_path(session, "audit.sealed"));
	json_decref(session);
	return sealed ? ENC_OK
		      : enc_fail(err, ENC_NOT_FINISHED,
				 "session %s has not ended yet; --follow "
				 "prints what it writes until it has",
				 id);
}

/* run() - `enclave logs`: print a session's output; --follow: until it ends */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
	const char *id = call->words->word[0];
	struct enc_run_output output = {
		.out = cli->out,
		.notes = cli->notes,
		.make_out_inert = cli->out_is_tty && !options->raw,
		.make_notes_inert = cli->notes_is_tty && !options->raw,
		.printed = true,
	};
	struct enc_server *server = NULL;
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session", id, "/stream",
					   target, err);

	if (code == ENC_OK) {
		code = enc_server_find(&server, err);
	}
	if (code == ENC_OK && !options->follow) {
		code = check_ended(server, id, err);
	}
	if (code == ENC_OK && options->base.json) {
		code = enc_server_stream(server, target, print_event, cli->out,
					 err);
	} else if (code == ENC_OK) {
		code = enc_server_stream(server, target, enc_run_output_event,
					 &output, err);
		enc_run_output_finish(&output, NULL);
	}
	server = enc_server_free(server);
	if (code == ENC_CANCELLED) {
		cli->exit_status = 128 + SIGINT;
		return ENC_OK;
	}
	return code;
}

const struct enc_command enc_cmd_logs = {
	.name = "logs",
	.arguments = "SESSION",
	.summary = "Print what a session wrote",
	.text = "With --follow it prints what a running session writes, until "
		"it ends; a lost\nconnection is made anew and goes on where it "
		"was. Ctrl-C ends the printing, not\nthe session. --json "
		"prints every event of the stream, one object a line.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.words_min = 1,
	.words_max = 1,
	.run = run,
};
