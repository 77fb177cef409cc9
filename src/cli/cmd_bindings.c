#include <string.h>

#include "binding_body.h"
#include "cmd.h"
#include "fetch.h"
#include "inert.h"
#include "print.h"
#include "secret_input.h"
#include "server.h"
#include "target.h"
#include "upstream_check.h"

#define AT(field) offsetof(struct enc_binding_options, field)
/*
 * Every command that needs a secret has the first rows; update has the last
 * ones.
 */
static const struct enc_option rows[] = {
	{ "secret-file", 's', ENC_OPTION_TEXT, AT(secret_file), "FILE", NULL,
	  "Read the secret from this file, - for standard input; without it "
	  "the terminal is asked" },
	{ "secret", 0, ENC_OPTION_TEXT, AT(secret), "VALUE", NULL,
	  "Refused: others could read it; use --secret-file" },
	{ "upstream", 'u', ENC_OPTION_TEXT, AT(upstream), "URL", NULL,
	  "Where requests go: https://HOST[:PORT][/PATH]" },
	{ "bearer", 0, ENC_OPTION_FLAG, AT(bearer), NULL, NULL,
	  "Send the secret as Authorization: Bearer" },
	{ "header", 0, ENC_OPTION_TEXT, AT(header), "NAME", NULL,
	  "Send the secret in this header" },
	{ "basic", 0, ENC_OPTION_TEXT, AT(basic), "USER", NULL,
	  "Send the secret as the password of this user" },
	{ "none", 0, ENC_OPTION_FLAG, AT(none), NULL, NULL,
	  "Send no credential" },
	{ "method", 'm', ENC_OPTION_WORDS, AT(methods), "METHOD", NULL,
	  "A method that programs may use; repeat for more" },
	{ "path", 'p', ENC_OPTION_WORDS, AT(paths), "PATH", NULL,
	  "A path that programs may use, /v1/* for all below /v1/; repeat for "
	  "more" },
	{ "rate-limit", 0, ENC_OPTION_TEXT, AT(rate_limit), "N", NULL,
	  "Requests per minute of one session; none: any number" },
	{ "no-mask", 0, ENC_OPTION_FLAG, AT(no_mask), NULL, NULL,
	  "Leave the secret in responses and output" },
	{ "insecure-upstream", 0, ENC_OPTION_FLAG, AT(insecure_upstream), NULL,
	  NULL, "Let the secret go to an http upstream in clear" },
	{ "mask", 0, ENC_OPTION_FLAG, AT(mask), NULL, NULL,
	  "Mask the secret again" },
	{ "all-requests", 0, ENC_OPTION_FLAG, AT(all_requests), NULL, NULL,
	  "Allow all methods and paths again" },
};
#undef AT

enum { ROTATE_ROWS = 2, CREATE_ROWS = ENC_COUNT(rows) - 2 };

/* ---- requests ---- */

/*
 * search() - search for a binding by its name, or else by its id
 * @ret_binding: new reference; NULL: there is none
 */
static enum enc_code search(struct enc_server *server, const char *name,
			    json_t **ret_binding, struct enc_error *err)
{
	json_t *reply = NULL;
	json_t *found = NULL;
	json_t *binding;
	size_t i;
	enum enc_code code =
		enc_server_json(server, "GET", "/v1/service-bindings", NULL,
				&reply, err);

	json_array_foreach(json_object_get(reply, "serviceBindings"), i,
			   binding)
	{
		if (strcmp(enc_json_text(binding, "name"), name) == 0) {
			found = binding;
			break;
		}
		/* A name may look like another one's id. */
		if (strcmp(enc_json_text(binding, "id"), name) == 0) {
			found = binding;
		}
	}
	*ret_binding = json_incref(found);
	json_decref(reply);
	return code;
}

/*
 * find_binding() - find a binding by its name or id
 * @ret_binding: new reference
 */
static enum enc_code find_binding(struct enc_server *server, const char *name,
				  json_t **ret_binding, struct enc_error *err)
{
	enum enc_code code = search(server, name, ret_binding, err);

	return code == ENC_OK && *ret_binding == NULL
		       ? enc_fail(err, ENC_NOT_FOUND,
				  "there is no service binding %.64s; enclave "
				  "bindings list shows them",
				  name)
		       : code;
}

/* check_free() - fail if a name is taken, before anybody types a secret */
static enum enc_code check_free(struct enc_server *server, const char *name,
				struct enc_error *err)
{
	struct enc_error why = { 0 };
	json_t *binding = NULL;
	enum enc_code code = search(server, name, &binding, &why);
	bool taken = binding != NULL &&
		     strcmp(enc_json_text(binding, "name"), name) == 0;

	json_decref(binding);
	if (taken) {
		return enc_fail(err, ENC_CONFLICT,
				"there is a service binding of that name "
				"already; `enclave bindings rotate` replaces "
				"its secret");
	}
	/* Who may make bindings need not be one who may see them. */
	if (code != ENC_OK && code != ENC_FORBIDDEN) {
		*err = why;
		return code;
	}
	return ENC_OK;
}

/* A request that may bring a secret. */
struct request {
	const char *method;
	char target[256];
	json_t *body; /* without the secret; owned */
	bool with_secret;
	const char *secret_file;
};

/* enc_server_json() for a change: a signal may have come after it was made */
static enum enc_code change(struct enc_server *server, const char *method,
			    const char *target, const char *body,
			    json_t **ret_reply, struct enc_error *err)
{
	enum enc_code code =
		enc_server_json(server, method, target, body, ret_reply, err);

	return code == ENC_CANCELLED
		       ? enc_fail(err, code,
				  "interrupted; perhaps it was done all the "
				  "same: `enclave bindings show` tells")
		       : code;
}

/* send_request() - read the secret, if the request needs one, and send it */
static enum enc_code send_request(struct enc_server *server,
				  const struct request *request,
				  json_t **ret_reply, struct enc_error *err)
{
	ENC_AUTO(buf) secret = ENC_BUF_SECRET(ENC_SECRET_INPUT_MAX_BYTES + 2);
	ENC_AUTO(buf) text = ENC_BUF_SECRET(ENC_BINDING_BODY_MAX_BYTES);
	enum enc_code code = ENC_OK;

	if (request->with_secret) {
		code = enc_server_check_near(server, err);
	}
	if (code == ENC_OK && request->with_secret) {
		code = enc_secret_input_read(request->secret_file, &secret,
					     err);
	}
	if (code == ENC_OK) {
		code = enc_binding_body_write(request->body,
					      request->with_secret ? &secret
								   : NULL,
					      &text, err);
	}
	return code == ENC_OK ? change(server, request->method, request->target,
				       (const char *)enc_buf_bytes(&text),
				       ret_reply, err)
			      : code;
}

/* target_of() - write the target of a binding that the server has listed */
static enum enc_code target_of(const json_t *binding, const char *tail,
			       char ret_target[256], struct enc_error *err)
{
	return enc_target_of("service-bindings", "service binding",
			     enc_json_text(binding, "id"), tail, ret_target,
			     err);
}

/* ---- what is printed ---- */

/* print_list() - print what a scope allows; an empty list allows any */
static void print_list(FILE *out, const char *name, const json_t *list)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(list) == 0) {
		(void)fprintf(out, "%-12s any\n", name);
	}
	json_array_foreach(list, i, entry)
	{
		enc_print_field(out, name, entry);
	}
}

/* show_binding() - print a binding for people, or as JSON */
static void show_binding(struct enc_cli *cli, bool as_json,
			 const json_t *binding)
{
	static const char *const fields[][2] = {
		{ "id", "id" },
		{ "name", "name" },
		{ "upstream", "upstream" },
		{ "scheme", "injection.scheme" },
		{ "header", "injection.header" },
		{ "username", "injection.username" },
		{ "rate limit", "rateLimit" },
		{ "masked", "maskSecret" },
		{ "version", "version" },
		{ "secret set", "secretUpdatedAt" },
		{ "created", "createdAt" },
		{ "updated", "updatedAt" },
	};

	if (as_json) {
		enc_print_json(cli->out, binding);
		return;
	}
	for (size_t i = 0; i < ENC_COUNT(fields); i++) {
		enc_print_field(cli->out, fields[i][0],
				enc_json_path(binding, fields[i][1]));
	}
	print_list(cli->out, "method", enc_json_path(binding, "scope.methods"));
	print_list(cli->out, "path", enc_json_path(binding, "scope.paths"));
}

/* note_denied() - warn of an upstream that is an address of the deny table */
static void note_denied(struct enc_cli *cli, const json_t *binding)
{
	const char *url = enc_json_text(binding, "upstream");
	struct enc_upstream upstream;
	const char *why;
	const char *row = NULL;

	if (enc_upstream_check((struct enc_text){ url, strlen(url) }, &upstream,
			       &why) == 0) {
		row = enc_upstream_denied(&upstream);
	}
	if (row != NULL) {
		(void)fprintf(cli->notes,
			      "its calls are refused (%s) unless the server "
			      "has its network as internal: enclave up "
			      "--internal\n",
			      row);
	}
}

/* show_created() - print the id, and how programs reach the service */
static void show_created(struct enc_cli *cli, bool as_json,
			 const json_t *binding)
{
	enc_autofree char *id = NULL;
	enc_autofree char *name = NULL;

	if (as_json) {
		enc_print_json(cli->out, binding);
		return;
	}
	id = enc_inert_line(enc_json_text(binding, "id"));
	name = enc_inert_line(enc_json_text(binding, "name"));
	(void)fprintf(cli->out, "%s\n", id);
	(void)fprintf(cli->notes,
		      "with `enclave run --bind %s` programs reach it as "
		      "http://%s.svc.enclave.internal\n",
		      name, name);
	note_denied(cli, binding);
}

/* ---- commands ---- */

typedef enum enc_code act_fn(struct enc_cli *cli, struct enc_server *server,
			     const struct enc_call *call,
			     struct enc_error *err);

/* with_server() - run a command on the server that was found */
static enum enc_code with_server(struct enc_cli *cli,
				 const struct enc_call *call, act_fn *act,
				 struct enc_error *err)
{
	struct enc_server *server = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = act(cli, server, call, err);
	}
	server = enc_server_free(server);
	return code;
}

/* with_secret() - run a command, unless its options contain a secret */
static enum enc_code with_secret(struct enc_cli *cli,
				 const struct enc_call *call, act_fn *act,
				 struct enc_error *err)
{
	enum enc_code code = enc_binding_check_secret(call->options, err);

	return code == ENC_OK ? with_server(cli, call, act, err) : code;
}

static enum enc_code create(struct enc_cli *cli, struct enc_server *server,
			    const struct enc_call *call, struct enc_error *err)
{
	const struct enc_binding_options *options = call->options;
	struct request request = { .method = "POST",
				   .target = "/v1/service-bindings",
				   .secret_file = options->secret_file };
	json_t *reply = NULL;
	enum enc_code code =
		enc_binding_body_make(options, call->words->word[0], "bearer",
				      &request.body, &request.with_secret, err);

	if (code == ENC_OK && request.with_secret) {
		code = check_free(server, call->words->word[0], err);
	}
	if (code == ENC_OK) {
		code = send_request(server, &request, &reply, err);
	}
	if (code == ENC_OK) {
		show_created(cli, options->base.json, reply);
	}
	json_decref(request.body);
	json_decref(reply);
	return code;
}

/*
 * send_change() - change the binding that the command line names, and show the
 * result. Takes request->body.
 */
static enum enc_code send_change(struct enc_cli *cli, struct enc_server *server,
				 const struct enc_call *call,
				 struct request *request, struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *reply = NULL;
	enum enc_code code = send_request(server, request, &reply, err);

	if (code == ENC_OK) {
		show_binding(cli, common->json, reply);
	}
	json_decref(request->body);
	json_decref(reply);
	return code;
}

static enum enc_code update(struct enc_cli *cli, struct enc_server *server,
			    const struct enc_call *call, struct enc_error *err)
{
	const struct enc_binding_options *options = call->options;
	struct request request = { .method = "PATCH",
				   .secret_file = options->secret_file };
	json_t *binding = NULL;
	enum enc_code code =
		find_binding(server, call->words->word[0], &binding, err);

	if (code == ENC_OK) {
		code = target_of(binding, "", request.target, err);
	}
	if (code == ENC_OK) {
		code = enc_binding_body_make(options, NULL,
					     enc_json_text(binding,
							   "injection.scheme"),
					     &request.body,
					     &request.with_secret, err);
	}
	json_decref(binding);
	return code == ENC_OK ? send_change(cli, server, call, &request, err)
			      : code;
}

static enum enc_code rotate(struct enc_cli *cli, struct enc_server *server,
			    const struct enc_call *call, struct enc_error *err)
{
	const struct enc_binding_options *options = call->options;
	struct request request = { .method = "PUT",
				   .with_secret = true,
				   .secret_file = options->secret_file };
	json_t *binding = NULL;
	enum enc_code code =
		find_binding(server, call->words->word[0], &binding, err);

	if (code == ENC_OK) {
		code = target_of(binding, "/secret", request.target, err);
	}
	if (code == ENC_OK &&
	    strcmp(enc_json_text(enc_json_path(binding, "injection"), "scheme"),
		   "none") == 0) {
		code = enc_fail(err, ENC_CONFLICT,
				"%.64s has the scheme none, which has no "
				"secret; `enclave bindings update` changes "
				"the scheme",
				call->words->word[0]);
	}
	json_decref(binding);
	if (code != ENC_OK) {
		return code;
	}
	request.body = json_object();
	return send_change(cli, server, call, &request, err);
}

static enum enc_code show(struct enc_cli *cli, struct enc_server *server,
			  const struct enc_call *call, struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *binding = NULL;
	enum enc_code code =
		find_binding(server, call->words->word[0], &binding, err);

	if (code == ENC_OK) {
		show_binding(cli, common->json, binding);
	}
	json_decref(binding);
	return code;
}

static enum enc_code remove_one(struct enc_cli *cli, struct enc_server *server,
				const struct enc_call *call,
				struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *binding = NULL;
	json_t *reply = NULL;
	char target[256];
	enum enc_code code =
		find_binding(server, call->words->word[0], &binding, err);

	if (code == ENC_OK) {
		code = target_of(binding, "", target, err);
	}
	if (code == ENC_OK) {
		code = change(server, "DELETE", target, NULL, &reply, err);
	}
	if (code == ENC_OK && common->json) {
		enc_print_json(cli->out, reply);
	} else if (code == ENC_OK) {
		(void)fprintf(cli->out, "deleted\n");
	}
	json_decref(binding);
	json_decref(reply);
	return code;
}

static void show_list(struct enc_cli *cli, const json_t *value)
{
	static const struct enc_print_column columns[] = {
		{ "NAME", "name", 20 },
		{ "BINDING", "id", 16 },
		{ "SCHEME", "injection.scheme", 8 },
		{ "UPSTREAM", "upstream", 40 },
		{ "UPDATED", "updatedAt", 0 },
	};

	enc_print_table(cli->out, columns, ENC_COUNT(columns),
			json_object_get(value, "serviceBindings"));
}

/* run_list() - `enclave bindings list` */
static enum enc_code run_list(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "GET",
						.collection =
							"service-bindings",
						.tail = "",
						.show = show_list };

	return enc_fetch_run(cli, call, &fetch, err);
}

static enum enc_code run_create(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	return with_secret(cli, call, create, err);
}

static enum enc_code run_show(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	return with_server(cli, call, show, err);
}

static enum enc_code run_update(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	return with_secret(cli, call, update, err);
}

static enum enc_code run_rotate(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	return with_secret(cli, call, rotate, err);
}

static enum enc_code run_delete(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	return with_server(cli, call, remove_one, err);
}

const struct enc_command enc_cmd_bindings_create = {
	.name = "bindings create",
	.arguments = "NAME",
	.summary = "Make a service binding: a service that programs may call",
	.text = "A program that runs with `enclave run --bind NAME` calls\n"
		"http://NAME.svc.enclave.internal, and the request goes to "
		"the upstream with the\nsecret. The program never has the "
		"secret. The default scheme is --bearer. Without\n--method "
		"and --path all requests are allowed.\n\nThe secret is read "
		"from a file or from the terminal. A secret of less than "
		"16\ncharacters needs --no-mask. An upstream can't be on "
		"this machine.",
	.options = rows,
	.option_count = CREATE_ROWS,
	.options_size = sizeof(struct enc_binding_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_create,
};

const struct enc_command enc_cmd_bindings_list = {
	.name = "bindings list",
	.arguments = "",
	.summary = "List service bindings, without their secrets",
	.options_size = sizeof(struct enc_common_options),
	.run = run_list,
};

const struct enc_command enc_cmd_bindings_show = {
	.name = "bindings show",
	.arguments = "NAME",
	.summary = "Show a service binding, without its secret",
	.text = "NAME may also be the id.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};

const struct enc_command enc_cmd_bindings_update = {
	.name = "bindings update",
	.arguments = "NAME",
	.summary = "Change a service binding, also for running sessions",
	.text = "A binding is sealed together with its secret, and only the "
		"vault can open it. So each\nchange needs the secret again, "
		"unless the scheme is none. --method replaces all\nformer "
		"methods, --path all former paths.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct enc_binding_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_update,
};

const struct enc_command enc_cmd_bindings_rotate = {
	.name = "bindings rotate",
	.arguments = "NAME",
	.summary = "Replace the secret, also for running sessions",
	.text = "Once this command is done, the next request of every session "
		"has the new secret,\nand the old one isn't used any more.",
	.options = rows,
	.option_count = ROTATE_ROWS,
	.options_size = sizeof(struct enc_binding_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_rotate,
};

const struct enc_command enc_cmd_bindings_delete = {
	.name = "bindings delete",
	.arguments = "NAME",
	.summary = "Delete a service binding, also for running sessions",
	.text = "Sessions that have the binding go on; their next call of it "
		"is refused.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_delete,
};
