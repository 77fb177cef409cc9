#include <signal.h>
#include <string.h>
#include <time.h>

#include "bindings_demo.h"
#include "clock.h"
#include "cmd.h"
#include "demo_evidence.h"
#include "hex.h"
#include "plane.h"
#include "print.h"
#include "random.h"
#include "server.h"
#include "target.h"

enum {
	SECRET_RANDOM_BYTES = 16,
	HOLD_MS = 60 * 1000, /* for a session to start and call its service */
	HOLD_POLL_NS = 50 * 1000 * 1000,
	GIVEN_BYTES_MAX = 1 << 20,
	REQUEST_BYTES_MAX = 4096,
};

struct options {
	struct enc_common_options base;
	const char *backend;
	const char *directory;
};

static const struct enc_option rows[] = {
	{ "out", 'o', ENC_OPTION_TEXT, offsetof(struct options, directory),
	  "DIR", NULL, "Where the evidence goes (default evidence)" },
	{ "backend", 'b', ENC_OPTION_TEXT, offsetof(struct options, backend),
	  "NAME", NULL, "gvisor, native or simulator (or ENCLAVE_BACKEND)" },
};

/* State of the running demo. */
struct stage {
	struct enc_cli *cli;
	struct enc_server *server;
	struct enc_origin *origin; /* NULL: the sessions are modelled */
	struct enc_bindings_demo *demo;
	/* Ids of the bindings; "" before they are made. */
	char ids[ENC_ORIGIN_SERVICE_MAX][80];
};

/* Each session's program and service. */
static const struct {
	const char *program;
	enum enc_origin_service service;
} sessions[ENC_BINDINGS_SESSION_MAX] = {
	[ENC_BINDINGS_GRANTED] = { "granted.py", ENC_ORIGIN_PAYMENTS },
	[ENC_BINDINGS_HOSTILE] = { "hostile.py", ENC_ORIGIN_NOTES },
};

/* invent() - make the secrets */
static void invent(struct enc_bindings_demo *demo)
{
	uint8_t bytes[SECRET_RANDOM_BYTES];
	char text[2 * SECRET_RANDOM_BYTES + 1];

	for (size_t i = 0; i < ENC_ORIGIN_SERVICE_MAX; i++) {
		for (size_t k = 0; k < ENC_BINDINGS_SECRETS; k++) {
			enc_random_bytes(bytes, sizeof(bytes));
			enc_hex_encode(bytes, sizeof(bytes), text);
			(void)snprintf(demo->secrets[i][k],
				       ENC_ORIGIN_SECRET_BYTES, "demo-key-%s",
				       text);
		}
	}
}

/* ---- bindings ---- */

/* ask() - make a call about bindings, and keep and decode its response */
static enum enc_code ask(const struct stage *stage, const char *method,
			 const char *target, const char *request,
			 json_t **ret_answer, struct enc_error *err)
{
	ENC_AUTO(buf) body = ENC_BUF(ENC_SERVER_BODY_MAX);
	enum enc_code code = enc_server_call(stage->server, method, target,
					     request, &body, err);

	if (code == ENC_OK &&
	    enc_buf_append(&stage->demo->records, enc_buf_bytes(&body),
			   body.length) < 0) {
		code = enc_fail(err, ENC_LIMIT, "the answers are too long");
	}
	if (code == ENC_OK) {
		*ret_answer = json_loadb((const char *)enc_buf_bytes(&body),
					 body.length, 0, NULL);
	}
	return code;
}

/* create() - make the binding of a service, with its first secret */
static enum enc_code create(struct stage *stage,
			    enum enc_origin_service service,
			    struct enc_error *err)
{
	static const char *const settings[ENC_ORIGIN_SERVICE_MAX] = {
		[ENC_ORIGIN_PAYMENTS] =
			"\"injection\":{\"scheme\":\"bearer\"},\"scope\":{"
			"\"methods\":[\"GET\",\"POST\"],\"paths\":[\"/v1/"
			"charges\",\"/v1/echo\",\"/v1/hold\"]}",
		[ENC_ORIGIN_NOTES] =
			"\"injection\":{\"scheme\":\"header\",\"header\":"
			"\"X-Notes-Key\"}",
	};
	const char *secret = stage->demo->secrets[service][0];
	const char *name = enc_origin_name(service);
	enc_autofree char *request = enc_xprintf(
		"{\"name\":\"%s\",\"upstream\":\"https://%s/%s\",%s,"
		"\"secret\":\"%s\"}",
		name, enc_origin_address(stage->origin), name,
		settings[service], secret);
	json_t *answer = NULL;
	enum enc_code code;

	enc_origin_expect(stage->origin, service, secret);
	code = ask(stage, "POST", "/v1/service-bindings", request, &answer,
		   err);
	explicit_bzero(request, strlen(request));
	(void)snprintf(stage->ids[service], sizeof(stage->ids[service]), "%s",
		       enc_json_text(answer, "id"));
	json_decref(answer);
	return code;
}

/* replace() - give a binding its second secret, while sessions have it */
static enum enc_code replace(const struct stage *stage,
			     enum enc_origin_service service,
			     struct enc_error *err)
{
	const char *secret = stage->demo->secrets[service][1];
	enc_autofree char *request = enc_xprintf("{\"secret\":\"%s\"}", secret);
	json_t *answer = NULL;
	char target[256];
	enum enc_code code =
		enc_target_of("service-bindings", "binding",
			      stage->ids[service], "/secret", target, err);

	enc_origin_expect(stage->origin, service, secret);
	if (code == ENC_OK) {
		code = ask(stage, "PUT", target, request, &answer, err);
	}
	explicit_bzero(request, strlen(request));
	json_decref(answer);
	return code;
}

/* show_records() - read the bindings by every call that shows them */
static enum enc_code show_records(const struct stage *stage,
				  struct enc_error *err)
{
	json_t *answer = NULL;
	char target[256];
	enum enc_code code =
		ask(stage, "GET", "/v1/service-bindings", NULL, &answer, err);

	json_decref(ENC_TAKE(answer));
	if (code == ENC_OK) {
		code = enc_target_of("service-bindings", "binding",
				     stage->ids[ENC_ORIGIN_PAYMENTS], "",
				     target, err);
	}
	if (code == ENC_OK) {
		code = ask(stage, "GET", target, NULL, &stage->demo->payments,
			   err);
	}
	if (code == ENC_OK) {
		code = ask(stage, "GET", "/metrics", NULL, &answer, err);
		json_decref(answer);
	}
	return code;
}

/* ---- sessions ---- */

/* start() - create a session; its program begins */
static enum enc_code start(const struct stage *stage,
			   enum enc_bindings_session which,
			   struct enc_error *err)
{
	struct enc_bindings_demo *demo = stage->demo;
	const char *address = stage->origin == NULL
				      ? "10.0.0.2"
				      : enc_origin_address(stage->origin);
	json_t *request =
		json_pack("{s:s, s:s, s:{s:s, s:[]}, s:{s:s}, s:{s:s}}", "code",
			  enc_demo_code_of(sessions[which].program), "language",
			  "python", "egress", "mode", "deny_all", "allow",
			  "env", "UPSTREAM", address, "labels", "demo",
			  "service-bindings");
	enc_autofree char *text = NULL;

	ENC_ASSERT(request != NULL);
	if (stage->origin != NULL) {
		ENC_MUST(json_object_set_new(
			request, "serviceBindings",
			json_pack("[s]",
				  enc_origin_name(sessions[which].service))));
	}
	text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(request);
	ENC_ASSERT(text != NULL);
	if (enc_buf_text(&demo->given, text) < 0) {
		return enc_fail(err, ENC_LIMIT, "the requests are too long");
	}
	return enc_demo_facts_start(&demo->facts[which], stage->server, text,
				    "", err);
}

/*
 * await_hold() - wait until a session has called its service and is kept there
 *
 * It asks for the session meanwhile, because the session may end first, and
 * because a signal ends the wait only during a call.
 */
static enum enc_code await_hold(const struct stage *stage,
				enum enc_bindings_session which,
				struct enc_error *err)
{
	const struct timespec pause = { .tv_nsec = HOLD_POLL_NS };
	const json_t *session = stage->demo->facts[which].session;
	int64_t deadline_ms = enc_clock_mono_ms() + HOLD_MS;
	char target[256];
	enum enc_code code =
		enc_target_of("sessions", "session",
			      enc_json_text(session, "id"), "", target, err);

	while (code == ENC_OK &&
	       !enc_origin_holds(stage->origin, sessions[which].service)) {
		json_t *now = NULL;

		code = enc_server_json(stage->server, "GET", target, NULL, &now,
				       err);
		if (code == ENC_OK &&
		    (enc_json_text(now, "outcome")[0] != '\0' ||
		     enc_clock_mono_ms() > deadline_ms)) {
			json_decref(now);
			return ENC_OK; /* the judges say what is missing */
		}
		json_decref(now);
		(void)nanosleep(&pause, NULL);
	}
	return code;
}

/* collect() - wait for a session's end, and fetch all its facts */
static enum enc_code collect(const struct stage *stage,
			     enum enc_bindings_session which,
			     struct enc_error *err)
{
	if (stage->origin != NULL) {
		enc_origin_release(stage->origin, sessions[which].service);
	}
	return enc_demo_facts_collect(&stage->demo->facts[which], stage->server,
				      err);
}

/* perform() - the course of the demo; see bindings_demo.h */
static enum enc_code perform(struct stage *stage, struct enc_error *err)
{
	static const enum enc_bindings_session order[] = {
		ENC_BINDINGS_HOSTILE, ENC_BINDINGS_GRANTED
	};
	enum enc_code code = ENC_OK;

	for (size_t i = 0; i < ENC_COUNT(order) && code == ENC_OK; i++) {
		if (stage->origin != NULL) {
			code = create(stage, sessions[order[i]].service, err);
		}
		if (code == ENC_OK) {
			code = start(stage, order[i], err);
		}
		if (code == ENC_OK && stage->origin != NULL) {
			code = await_hold(stage, order[i], err);
		}
	}
	for (size_t i = 0; i < ENC_COUNT(order) && code == ENC_OK; i++) {
		if (stage->origin != NULL) {
			code = replace(stage, sessions[order[i]].service, err);
		}
		if (code == ENC_OK) {
			code = collect(stage, order[i], err);
		}
	}
	if (code == ENC_OK && stage->origin != NULL) {
		code = show_records(stage, err);
	}
	return code;
}

/* ---- beginning and end ---- */

/* is_simulator() - ask the server for its backend */
static enum enc_code is_simulator(const struct stage *stage, bool *ret_is,
				  struct enc_error *err)
{
	json_t *health = NULL;
	enum enc_code code = enc_server_json(stage->server, "GET", "/healthz",
					     NULL, &health, err);

	*ret_is = strcmp(enc_json_text(health, "backend"), "simulator") == 0;
	json_decref(health);
	return code;
}

/* open_server() - start the upstream and a server that may reach it */
static enum enc_code open_server(struct stage *stage, const char *backend,
				 struct enc_error *err)
{
	struct enc_plane_options wanted = { .backend = backend };
	const char *url = getenv("ENCLAVE_BASE_URL");
	bool modelled = false;
	enum enc_code code;

	if (backend == NULL) {
		backend = getenv("ENCLAVE_BACKEND");
	}
	if (url != NULL && url[0] != '\0') {
		code = enc_server_find(&stage->server, err);
		if (code == ENC_OK) {
			code = is_simulator(stage, &modelled, err);
		}
		return code != ENC_OK || modelled
			       ? code
			       : enc_fail(err, ENC_BAD_REQUEST,
					  "a server has to know the demo's "
					  "upstream when it starts, so the "
					  "demo starts one: unset "
					  "ENCLAVE_BASE_URL");
	}
	if (backend == NULL || strcmp(backend, "simulator") != 0) {
		code = enc_origin_new(&stage->origin, err);
		if (code != ENC_OK) {
			return code;
		}
		wanted.internal = enc_origin_network(stage->origin);
		wanted.ca_file = enc_origin_ca_file(stage->origin);
	}
	return enc_server_start_by_environment(&wanted, &stage->server, err);
}

/* show() - judge and print the demo, write the evidence, set the exit status */
static enum enc_code show(const struct stage *stage,
			  const struct options *options, struct enc_error *err)
{
	struct enc_bindings_demo *demo = stage->demo;
	struct enc_cli *cli = stage->cli;
	json_t *report;
	enum enc_code code;

	if (stage->origin == NULL) {
		enc_bindings_model(demo);
	} else {
		demo->calls = enc_origin_calls(stage->origin);
		(void)snprintf(demo->address, sizeof(demo->address), "%s",
			       enc_origin_address(stage->origin));
	}
	enc_bindings_judge(demo);
	report = enc_bindings_report(demo);
	if (options->base.json) {
		enc_print_json(cli->out, report);
	} else {
		enc_bindings_scoreboard(demo, cli->colour, cli->out);
	}
	code = enc_demo_evidence("service-bindings", report,
				 enc_bindings_report_text, options->directory,
				 options->base.json ? NULL : cli->out, err);
	cli->exit_status =
		enc_bindings_passed(demo) == ENC_BINDINGS_CHECKS ? 0 : 1;
	json_decref(report);
	return code;
}

/* stage_it() - start all, perform, show what was found */
static enum enc_code stage_it(struct stage *stage,
			      const struct options *options,
			      struct enc_error *err)
{
	enum enc_code code = open_server(stage, options->backend, err);

	if (code != ENC_OK) {
		return code;
	}
	invent(stage->demo);
	code = perform(stage, err);
	if (code == ENC_CANCELLED) {
		stage->cli->exit_status = 128 + SIGINT;
		return ENC_OK;
	}
	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX && code != ENC_OK;
	     i++) {
		/* Each check says what went wrong before it. */
		enc_demo_facts_fail(&stage->demo->facts[i], err);
	}
	return show(stage, options, err);
}

/* forget() - free @demo with all facts and secrets */
static void forget(struct enc_bindings_demo *demo)
{
	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		enc_demo_facts_done(&demo->facts[i]);
	}
	enc_buf_done(&demo->given);
	enc_buf_done(&demo->records);
	json_decref(demo->payments);
	json_decref(demo->calls);
	explicit_bzero(demo, sizeof(*demo));
	free(demo);
}

/* run() - `enclave demo service-bindings` */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	struct stage stage = { .cli = cli };
	enum enc_code code;

	stage.demo = enc_xalloc(sizeof(*stage.demo));
	stage.demo->given = ENC_BUF(GIVEN_BYTES_MAX);
	stage.demo->records = ENC_BUF(ENC_DEMO_SURFACE_MAX);
	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		enc_demo_facts_init(&stage.demo->facts[i]);
	}
	code = stage_it(&stage, call->options, err);
	stage.server = enc_server_free(stage.server);
	stage.origin = enc_origin_free(stage.origin);
	forget(stage.demo);
	return code;
}

const struct enc_command enc_cmd_demo_bindings = {
	.name = "demo service-bindings",
	.arguments = "",
	.summary = "Let a program use a credential that it never has; 8 checks",
	.text = "Starts an HTTPS upstream in a network of its own, and a "
		"private server that may reach it\n(as root). One session is "
		"granted a service of it; a hostile one tries to use it, "
		"too.\nThe upstream confirms what arrived. Evidence goes to "
		"evidence/. Exit status 1 if any\ncheck fails. The simulator "
		"has no vault: its verdicts are modelled, and say so.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
