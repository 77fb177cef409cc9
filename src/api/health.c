#include <string.h>

#include "api_internal.h"
#include "gen_answers.h"
#include "gen_operations.h"

enum enc_code op_getHealth(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_backend *backend = call->api->options.backend;
	const struct enc_answer_health health = {
		.ok = true,
		.backend = enc_backend_name(backend),
		.backend_healthy = enc_backend_healthy(backend),
	};

	(void)err;
	enc_api_reply_answer(call->exchange, 200, enc_answer_health_fields,
			     &health);
	return ENC_OK;
}

enum enc_code op_getReady(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_error why = { 0 };
	enum enc_code code =
		enc_orchestrator_check_ready(call->api->options.orchestrator,
					     &why);
	const struct enc_answer_ready ready = {
		.ready = code == ENC_OK,
		.reason = code == ENC_OK ? NULL : why.message,
	};

	(void)err;
	enc_api_reply_answer(call->exchange, ready.ready ? 200 : 503,
			     enc_answer_ready_fields, &ready);
	return ENC_OK;
}

/* Room for a row of 200 bytes for each shelf that there can be. */
enum {
	METRICS_MAX_BYTES = 4096 + ENC_LAUNCH_ENVIRONMENTS_MAX *
					   (int)ENC_LANGUAGE_MAX *
					   (int)ENC_LAUNCH_PLACES_MAX * 4 * 200,
};

/* print_pool() - print the metrics of the pool */
static void print_pool(const struct enc_pool *pool, struct enc_buf *text)
{
	static const struct row {
		const char *name;
		const char *type;
		size_t offset;
	} rows[] = {
#define AT(field) offsetof(struct enc_pool_shelf_state, field)
		{ "enclave_pool_size", "gauge", AT(size) },
		{ "enclave_pool_waiting", "gauge", AT(waiting) },
		{ "enclave_pool_taken_total", "counter", AT(taken) },
		{ "enclave_pool_missed_total", "counter", AT(missed) },
#undef AT
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_pool_shelf_state shelf;

		ENC_API_PRINT(text, "# TYPE %s %s\n", rows[i].name,
			      rows[i].type);
		for (size_t j = 0; enc_pool_shelf(pool, j, &shelf); j++) {
			uint64_t value;

			memcpy(&value, (char *)&shelf + rows[i].offset,
			       sizeof(value));
			ENC_API_PRINT(text,
				      "%s{environment=\"%s\",language=\"%s\","
				      "backend=\"%s\"} %llu\n",
				      rows[i].name, shelf.environment,
				      shelf.language, shelf.backend,
				      (unsigned long long)value);
		}
	}
}

enum enc_code op_getMetrics(struct enc_api_call *call, struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(METRICS_MAX_BYTES);

	(void)err;
	ENC_API_PRINT(&text,
		      "# TYPE enclave_sessions_live gauge\n"
		      "enclave_sessions_live %zu\n"
		      "# TYPE enclave_requests_total counter\n"
		      "enclave_requests_total %llu\n"
		      "# TYPE enclave_backend_healthy gauge\n"
		      "enclave_backend_healthy %d\n",
		      enc_orchestrator_live(call->api->options.orchestrator),
		      (unsigned long long)call->api->requests,
		      enc_backend_healthy(call->api->options.backend) ? 1 : 0);
	print_pool(enc_orchestrator_pool(call->api->options.orchestrator),
		   &text);
	enc_http_reply(call->exchange, 200, "text/plain; version=0.0.4", "",
		       enc_buf_bytes(&text), text.length);
	return ENC_OK;
}

/* list_languages() - list the languages that code can have, with spaces */
static void list_languages(char *ret_text, size_t room)
{
	size_t at = 0;

	ret_text[0] = '\0';
	for (int i = ENC_LANGUAGE_INVALID + 1; i < ENC_LANGUAGE_MAX; i++) {
		const struct enc_language_row *row =
			enc_language_info((enum enc_language)i);

		if (row->entry != NULL) {
			at += (size_t)snprintf(ret_text + at, room - at, "%s%s",
					       at == 0 ? "" : " ", row->name);
			ENC_ASSERT(at < room);
		}
	}
}

enum enc_code op_listEnvironments(struct enc_api_call *call,
				  struct enc_error *err)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(call->api->options.backend);
	ENC_AUTO(buf) items = ENC_BUF(ENC_API_BODY_MAX_BYTES);
	const struct enc_answer_environment_list list = { &items };
	char languages[256];

	(void)err;
	list_languages(languages, sizeof(languages));
	for (size_t i = 0; i < facts->environment_count; i++) {
		const struct enc_answer_environment one = {
			.name = facts->environments[i].name,
			.digest = facts->environments[i].digest,
			.languages = languages,
		};

		enc_answer_add(&items, enc_answer_environment_fields, &one);
	}
	enc_api_reply_answer(call->exchange, 200,
			     enc_answer_environment_list_fields, &list);
	return ENC_OK;
}
