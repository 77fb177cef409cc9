#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ipc.h"
#include "log.h"
#include "vault_client.h"

enum {
	LISTS = 2, /* of requests: sent, unsent */
	/* A vault that works answers within milliseconds. */
	ANSWER_MS = 10000,
	MESSAGE_MAX_BYTES =
		(int)sizeof(struct enc_vault_head) + ENC_VAULT_BODY_MAX_BYTES,
};

/* The answers that the vault may give to each request. */
static const struct answer_row {
	enum enc_vault_opcode answer;
	size_t least; /* bytes of its body */
	size_t most;
} answers[ENC_VAULT_OPCODE_MAX] = {
	[ENC_VAULT_SEAL] = { ENC_VAULT_SEALED, 1, ENC_VAULT_BODY_MAX_BYTES },
	[ENC_VAULT_GRANT] = { ENC_VAULT_DONE, 0, 0 },
	[ENC_VAULT_RETIRE] = { ENC_VAULT_DONE, 0, 0 },
	[ENC_VAULT_REVOKE] = { ENC_VAULT_DONE, 0, 0 },
	[ENC_VAULT_SIGN] = { ENC_VAULT_SIGNED, ENC_VAULT_SIGNATURE_BYTES,
			     ENC_VAULT_SIGNATURE_BYTES },
	[ENC_VAULT_KEY] = { ENC_VAULT_KEYED, ENC_VAULT_KEY_BYTES,
			    ENC_VAULT_KEY_BYTES },
};

struct request {
	struct enc_list link;
	enum enc_vault_opcode opcode;
	uint64_t number;
	uint64_t deadline_ms;
	/* NULL: the request has timed out; a late answer is dropped. */
	enc_vault_answer_fn *answer;
	void *context;
	uint8_t *bytes; /* the message; NULL once it is sent */
	size_t length;
};

/* A link; it outlives the client's use of it until libuv has closed it. */
struct vault_link {
	uv_poll_t poll;
	int fd;
	struct enc_vault_client *client; /* NULL: detached */
};

struct enc_vault_client {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct vault_link *link;  /* NULL: there is none */
	struct enc_list unsent;	  /* requests in order */
	struct enc_list sent;	  /* requests in order */
	struct enc_list watchers; /* struct enc_vault_watcher */
	size_t request_count;
	size_t unsent_bytes;
	uint64_t last_number;
	uint8_t *message; /* the one that is received */
};

/* ---- requests ---- */

static struct request *request_at(struct enc_list *link)
{
	return ENC_HOLDER(link, struct request, link);
}

/* drop_bytes() - wipe and free the message of a request */
static void drop_bytes(struct enc_vault_client *client, struct request *request)
{
	if (request->bytes != NULL) {
		client->unsent_bytes -= request->length;
		explicit_bzero(request->bytes, request->length);
		free(ENC_TAKE(request->bytes));
	}
}

/* free_request() - remove a request whose answer was told or isn't needed */
static void free_request(struct enc_vault_client *client,
			 struct request *request)
{
	enc_list_remove(&request->link);
	client->request_count--;
	drop_bytes(client, request);
	free(request);
}

/* tell_failed() - end a request without an answer of the vault */
static void tell_failed(struct request *request, const char *why)
{
	enc_vault_answer_fn *answer = ENC_TAKE(request->answer);
	struct enc_error err = { 0 };

	if (answer != NULL) {
		(void)enc_fail(&err, ENC_UNAVAILABLE, "%s", why);
		answer(request->context, err.code, &err, NULL, 0);
	}
}

/* fail_all() - end all pending requests; there is no link any more */
static void fail_all(struct enc_vault_client *client)
{
	struct enc_list *lists[LISTS] = { &client->sent, &client->unsent };

	for (size_t i = 0; i < LISTS; i++) {
		while (!enc_list_empty(lists[i])) {
			struct request *request = request_at(lists[i]->next);

			tell_failed(request,
				    "the vault isn't running; try again");
			free_request(client, request);
		}
	}
}

/* find_late() - find a request that has timed out and wasn't told so; NULL */
static struct request *find_late(struct enc_vault_client *client)
{
	struct enc_list *lists[LISTS] = { &client->sent, &client->unsent };
	uint64_t now_ms = uv_now(client->loop);

	for (size_t i = 0; i < LISTS; i++) {
		ENC_LIST_EACH(*lists[i], at)
		{
			struct request *request = request_at(at);

			if (request->answer != NULL &&
			    request->deadline_ms <= now_ms) {
				return request;
			}
		}
	}
	return NULL;
}

static void on_timer(uv_timer_t *timer)
{
	struct enc_vault_client *client =
		ENC_HOLDER(timer, struct enc_vault_client, timer);
	struct request *request;

	/* Search from the start each time: a callback may make requests. */
	while ((request = find_late(client)) != NULL) {
		tell_failed(request, "the vault doesn't answer; try again");
		if (request->bytes != NULL) {
			free_request(client, request);
		}
	}
	if (enc_list_empty(&client->sent) && enc_list_empty(&client->unsent)) {
		(void)uv_timer_stop(timer);
	}
}

/* ---- the link ---- */

static void on_poll(uv_poll_t *poll, int status, int events);

/* watch_link() - poll for answers, and for room while requests wait */
static void watch_link(struct enc_vault_client *client)
{
	if (client->link != NULL) {
		ENC_MUST(uv_poll_start(&client->link->poll,
				       UV_READABLE |
					       (enc_list_empty(&client->unsent)
							? 0
							: UV_WRITABLE),
				       on_poll));
	}
}

static void on_link_closed(uv_handle_t *handle)
{
	struct vault_link *link = ENC_HOLDER(handle, struct vault_link, poll);

	(void)close(link->fd);
	free(link);
}

void enc_vault_client_detach(struct enc_vault_client *client)
{
	struct vault_link *link = ENC_TAKE(client->link);

	if (link == NULL) {
		return;
	}
	link->client = NULL;
	uv_close((uv_handle_t *)&link->poll, on_link_closed);
	fail_all(client);
}

/* lose() - detach a link that is of no use any more */
static void lose(struct enc_vault_client *client, const char *what)
{
	enc_log(ENC_LOG_WARNING, NULL, "the link to the vault: %s", what);
	enc_vault_client_detach(client);
}

/* send_requests() - send as many requests as the vault takes now; false if the
 * link broke */
static bool send_requests(struct enc_vault_client *client)
{
	while (!enc_list_empty(&client->unsent)) {
		struct request *request = request_at(client->unsent.next);
		int r = enc_ipc_send(client->link->fd, request->bytes,
				     request->length, -1);

		if (r == -EAGAIN) {
			return true;
		}
		if (r < 0) {
			return false;
		}
		drop_bytes(client, request);
		enc_list_remove(&request->link);
		enc_list_append(&client->sent, &request->link);
	}
	return true;
}

static struct request *find_sent(struct enc_vault_client *client,
				 uint64_t number)
{
	ENC_LIST_EACH(client->sent, at)
	{
		if (request_at(at)->number == number) {
			return request_at(at);
		}
	}
	return NULL;
}

/* is_answer() - whether an honest vault may answer @request so */
static bool is_answer(const struct request *request,
		      const struct enc_vault_head *head)
{
	const struct answer_row *row = &answers[request->opcode];

	if (head->opcode == ENC_VAULT_REFUSED) {
		return head->code > ENC_OK && head->code < ENC_CODE_MAX;
	}
	return head->opcode == row->answer && head->code == 0 &&
	       head->length >= row->least && head->length <= row->most;
}

/* make_refusal() - make an error of REFUSED; its text becomes plain ASCII */
static void make_refusal(const struct enc_vault_head *head, const uint8_t *body,
			 struct enc_error *ret_err)
{
	char text[sizeof(ret_err->message)];
	size_t length = ENC_MIN(head->length, sizeof(text) - 1);

	for (size_t i = 0; i < length; i++) {
		text[i] = '?';
		if (body[i] >= ' ' && body[i] < 0x7f) {
			text[i] = (char)body[i];
		}
	}
	text[length] = '\0';
	(void)enc_fail(ret_err, (enum enc_code)head->code, "%s", text);
}

/* take_message() - handle a message; false if no honest vault sends it */
static bool take_message(struct enc_vault_client *client, size_t length)
{
	const uint8_t *body = client->message + sizeof(struct enc_vault_head);
	struct enc_error err = { 0 };
	struct enc_vault_head head;
	struct request *request;

	if (length < sizeof(head)) {
		return false;
	}
	memcpy(&head, client->message, sizeof(head));
	request = find_sent(client, head.number);
	if (head.length != length - sizeof(head) || head.reserved != 0 ||
	    head.tag != 0 || request == NULL || !is_answer(request, &head)) {
		return false;
	}
	enc_list_remove(&request->link);
	if (request->answer == NULL) {
		enc_log(ENC_LOG_WARNING, NULL, "the vault answered too late");
	} else if (head.opcode == ENC_VAULT_REFUSED) {
		make_refusal(&head, body, &err);
		request->answer(request->context, err.code, &err, NULL, 0);
	} else {
		request->answer(request->context, ENC_OK, NULL, body,
				head.length);
	}
	free_request(client, request);
	return true;
}

/* receive() - handle one message; false if no further one can be read now */
static bool receive(struct enc_vault_client *client)
{
	int fd = -1;
	int r = enc_ipc_receive(client->link->fd, client->message,
				MESSAGE_MAX_BYTES, &fd);

	if (r == -EAGAIN) {
		return false;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	if (r <= 0) {
		lose(client, r == 0 ? "it ended" : strerror(-r));
	} else if (fd >= 0 || !take_message(client, (size_t)r)) {
		lose(client, "the vault broke the protocol");
	}
	return client->link != NULL;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vault_link *link = ENC_HOLDER(poll, struct vault_link, poll);
	struct enc_vault_client *client = link->client;

	(void)events;
	if (status < 0 || !send_requests(client)) {
		lose(client, "it can't be used");
		return;
	}
	/* A callback may detach this link or attach another one. */
	while (client->link == link && receive(client)) {
	}
	watch_link(client);
}

void enc_vault_client_attach(struct enc_vault_client *client, int fd)
{
	struct vault_link *link = enc_xalloc(sizeof(*link));

	enc_vault_client_detach(client);
	link->fd = fd;
	link->client = client;
	ENC_MUST(uv_poll_init(client->loop, &link->poll, fd));
	client->link = link;
	watch_link(client);
	ENC_LIST_EACH(client->watchers, at)
	{
		struct enc_vault_watcher *watcher =
			ENC_HOLDER(at, struct enc_vault_watcher, link);

		watcher->attached(watcher);
	}
}

bool enc_vault_client_attached(const struct enc_vault_client *client)
{
	return client->link != NULL;
}

void enc_vault_client_watch(struct enc_vault_client *client,
			    struct enc_vault_watcher *watcher)
{
	enc_list_append(&client->watchers, &watcher->link);
}

void enc_vault_client_unwatch(struct enc_vault_watcher *watcher)
{
	enc_list_remove(&watcher->link);
}

/* ---- making and freeing ---- */

struct enc_vault_client *enc_vault_client_new(uv_loop_t *loop)
{
	struct enc_vault_client *client = enc_xalloc(sizeof(*client));

	client->loop = loop;
	enc_list_init(&client->unsent);
	enc_list_init(&client->sent);
	enc_list_init(&client->watchers);
	client->message = enc_xalloc(MESSAGE_MAX_BYTES);
	ENC_MUST(uv_timer_init(loop, &client->timer));
	return client;
}

static void on_client_closed(uv_handle_t *handle)
{
	struct enc_vault_client *client =
		ENC_HOLDER(handle, struct enc_vault_client, timer);

	free(client->message);
	free(client);
}

void enc_vault_client_free(struct enc_vault_client *client)
{
	if (client == NULL) {
		return;
	}
	ENC_ASSERT(enc_list_empty(&client->watchers));
	enc_vault_client_detach(client);
	uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

/* ---- making requests ---- */

/* The parts of a request; its body has two. */
struct asked {
	enum enc_vault_opcode opcode;
	uint64_t tag;
	const void *first;
	size_t first_length;
	const void *second;
	size_t second_length;
};

/* may_ask() - fail without a link, or without room for a message */
static enum enc_code may_ask(const struct enc_vault_client *client,
			     const struct asked *asked, size_t length,
			     struct enc_error *err)
{
	if (asked->first_length > ENC_VAULT_BODY_MAX_BYTES ||
	    asked->second_length > ENC_VAULT_BODY_MAX_BYTES ||
	    length > MESSAGE_MAX_BYTES) {
		return enc_fail(err, ENC_LIMIT,
				"a request to the vault is too long");
	}
	if (client->link == NULL) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the vault isn't running; try again");
	}
	if (client->request_count >= ENC_VAULT_CLIENT_REQUESTS_MAX ||
	    client->unsent_bytes + length > ENC_VAULT_CLIENT_QUEUE_MAX_BYTES) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the vault is busy; try again");
	}
	return ENC_OK;
}

/*
 * ask() - queue a request. It is sent in the loop's next turn, so that a broken
 * link isn't reported from inside this call.
 */
static enum enc_code ask(struct enc_vault_client *client,
			 const struct asked *asked, enc_vault_answer_fn *answer,
			 void *context, struct enc_error *err)
{
	size_t body = asked->first_length + asked->second_length;
	size_t length = sizeof(struct enc_vault_head) + body;
	struct enc_vault_head head = { .opcode = asked->opcode,
				       .tag = asked->tag,
				       .length = (uint32_t)body };
	struct request *request;
	enum enc_code code = may_ask(client, asked, length, err);

	if (code != ENC_OK) {
		return code;
	}
	request = enc_xalloc(sizeof(*request));
	head.number = ++client->last_number;
	request->opcode = asked->opcode;
	request->number = head.number;
	request->deadline_ms = uv_now(client->loop) + ANSWER_MS;
	request->answer = answer;
	request->context = context;
	request->length = length;
	request->bytes = enc_xalloc(length);
	memcpy(request->bytes, &head, sizeof(head));
	memcpy(request->bytes + sizeof(head), asked->first,
	       asked->first_length);
	if (asked->second_length > 0) {
		memcpy(request->bytes + sizeof(head) + asked->first_length,
		       asked->second, asked->second_length);
	}
	enc_list_append(&client->unsent, &request->link);
	client->request_count++;
	client->unsent_bytes += length;
	if (uv_is_active((uv_handle_t *)&client->timer) == 0) {
		ENC_MUST(uv_timer_start(&client->timer, on_timer, ANSWER_MS,
					ANSWER_MS / 10));
	}
	watch_link(client);
	return ENC_OK;
}

enum enc_code enc_vault_seal(struct enc_vault_client *client,
			     const void *record, size_t length,
			     enc_vault_answer_fn *answer, void *context,
			     struct enc_error *err)
{
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_SEAL,
				    .first = record,
				    .first_length = length },
		   answer, context, err);
}

/* Seven parameters: a tag, a blob with its length, and the usual four. */
/* NOLINTNEXTLINE(readability-function-size) */
enum enc_code enc_vault_grant(struct enc_vault_client *client, uint64_t tag,
			      const void *blob, size_t length,
			      enc_vault_answer_fn *answer, void *context,
			      struct enc_error *err)
{
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_GRANT,
				    .tag = tag,
				    .first = blob,
				    .first_length = length },
		   answer, context, err);
}

enum enc_code enc_vault_retire(struct enc_vault_client *client,
			       const void *blob, size_t length,
			       enc_vault_answer_fn *answer, void *context,
			       struct enc_error *err)
{
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_RETIRE,
				    .first = blob,
				    .first_length = length },
		   answer, context, err);
}

enum enc_code enc_vault_revoke(struct enc_vault_client *client, const char *org,
			       const char *id, enc_vault_answer_fn *answer,
			       void *context, struct enc_error *err)
{
	/* The first text is sent with its NUL, which separates the two. */
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_REVOKE,
				    .first = org,
				    .first_length = strlen(org) + 1,
				    .second = id,
				    .second_length = strlen(id) },
		   answer, context, err);
}

enum enc_code enc_vault_sign(struct enc_vault_client *client,
			     const struct enc_vault_statement *statement,
			     enc_vault_answer_fn *answer, void *context,
			     struct enc_error *err)
{
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_SIGN,
				    .first = statement,
				    .first_length = sizeof(*statement) },
		   answer, context, err);
}

enum enc_code enc_vault_public_key(struct enc_vault_client *client,
				   enc_vault_answer_fn *answer, void *context,
				   struct enc_error *err)
{
	return ask(client,
		   &(struct asked){ .opcode = ENC_VAULT_KEY, .first = "" },
		   answer, context, err);
}
