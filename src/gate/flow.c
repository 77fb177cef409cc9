#include <errno.h>
#include <sys/socket.h>

#include "flow.h"
#include "gate_internal.h"

static enc_peer_ready_fn on_near;

static struct enc_deadlines *deadlines_of(const struct enc_flow *flow)
{
	switch (flow->state) {
	case ENC_FLOW_READING:
	case ENC_FLOW_ANSWERED:
		return &flow->all->speak;
	case ENC_FLOW_RECORDING:
		return &flow->all->record;
	case ENC_FLOW_OPEN:
	case ENC_FLOW_HALF_CLOSED:
		return &flow->all->idle;
	case ENC_FLOW_ACCEPTED:
	case ENC_FLOW_RESOLVING: /* the resolver and the dial have their own */
	case ENC_FLOW_DIALLING:
	case ENC_FLOW_DONE:
	case ENC_FLOW_STATES:
		break;
	}
	return NULL;
}

void enc_flow_move(struct enc_flow *flow, enum enc_flow_state to)
{
	struct enc_deadlines *deadlines;

	ENC_ASSERT(enc_flow_may_move(flow->state, to));
	flow->state = to;
	deadlines = deadlines_of(flow);
	if (deadlines == NULL) {
		enc_deadline_clear(&flow->deadline);
	} else {
		enc_deadline_set(deadlines, &flow->deadline);
	}
	if (to == ENC_FLOW_READING || to == ENC_FLOW_ANSWERED) {
		enc_peer_watch(flow->near, UV_READABLE);
	} else if (to < ENC_FLOW_OPEN) {
		/* What the program sends meanwhile waits in the kernel. */
		enc_peer_watch(flow->near, UV_DISCONNECT);
	}
}

void enc_flow_end(struct enc_flow *flow, bool politely)
{
	enc_flow_move(flow, ENC_FLOW_DONE);
	if (flow->kind == &enc_flow_pass && !flow->noted) {
		/* Whatever the program meant, it was let through nowhere. */
		enc_gate_refuse(flow->gate, &flow->attempt,
				"allowlist: it ended before it was decided");
	}
	if (flow->kind->ended != NULL) {
		flow->kind->ended(flow);
	}
	enc_list_remove(&flow->link);
	flow->all->count--;
	flow->all->out_count -= flow->out ? 1 : 0;
	enc_resolve_stop(&flow->resolving);
	enc_dial_stop(&flow->dial);
	enc_peer_close(flow->near, politely);
	enc_peer_close(flow->far, politely);
	enc_buf_done(&flow->head);
	enc_buf_done(&flow->up.pending);
	enc_buf_done(&flow->down.pending);
	free(flow->addresses);
	free(flow->message);
	free(flow);
}

/* read_more() - READING, ANSWERED: read what the program says */
static void read_more(struct enc_flow *flow)
{
	static uint8_t bytes[ENC_FLOW_HEAD_MAX_BYTES];
	bool answered = flow->state == ENC_FLOW_ANSWERED;
	size_t room = ENC_FLOW_HEAD_MAX_BYTES - flow->head.length;
	ssize_t n = recv(flow->near->fd, bytes, answered ? sizeof(bytes) : room,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n <= 0) {
		enc_flow_end(flow, answered);
		return;
	}
	if (answered) {
		return; /* input after the answer is discarded */
	}
	ENC_MUST(enc_buf_append(&flow->head, bytes, (size_t)n));
	flow->kind->read(flow);
}

static void on_near(struct enc_peer *peer, int events)
{
	struct enc_flow *flow = peer->owner;

	if (flow->state == ENC_FLOW_READING ||
	    flow->state == ENC_FLOW_ANSWERED) {
		read_more(flow);
	} else if (flow->state == ENC_FLOW_OPEN ||
		   flow->state == ENC_FLOW_HALF_CLOSED) {
		flow->kind->ready(flow, peer, events);
	} else if ((events & ENC_PEER_FAILED) != 0) {
		enc_flow_end(flow, /* politely= */ false);
	} else {
		/* It has said all that it wants to say, and may still read. */
		enc_peer_watch(peer, 0);
	}
}

static void on_silent(struct enc_deadlines *deadlines,
		      struct enc_deadline *deadline)
{
	struct enc_flow *flow = ENC_HOLDER(deadline, struct enc_flow, deadline);

	(void)deadlines;
	enc_flow_end(flow, flow->state == ENC_FLOW_ANSWERED);
}

static void on_unrecorded(struct enc_deadlines *deadlines,
			  struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_flow_end(ENC_HOLDER(deadline, struct enc_flow, deadline),
		     /* politely= */ false);
}

static void on_idle(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	struct enc_flows *flows = deadlines->context;

	enc_gate_count(flows->gate, ENC_COUNTED_FLOWS_IDLE);
	enc_flow_end(ENC_HOLDER(deadline, struct enc_flow, deadline),
		     /* politely= */ false);
}

struct enc_flows *enc_flows_new(struct enc_gate *gate)
{
	struct enc_flows *flows = enc_xalloc(sizeof(*flows));

	flows->gate = gate;
	enc_list_init(&flows->list);
	enc_deadlines_init(&flows->speak, &gate->loop, ENC_FLOW_SPEAK_MS,
			   on_silent, flows);
	enc_deadlines_init(&flows->record, &gate->loop, ENC_FLOW_RECORD_MS,
			   on_unrecorded, flows);
	enc_deadlines_init(&flows->idle, &gate->loop, ENC_FLOW_IDLE_MS, on_idle,
			   flows);
	return flows;
}

bool enc_flows_sending(const struct enc_flows *flows)
{
	ENC_LIST_EACH(flows->list, at)
	{
		const struct enc_flow *flow =
			ENC_HOLDER(at, struct enc_flow, link);

		if ((flow->state == ENC_FLOW_OPEN ||
		     flow->state == ENC_FLOW_HALF_CLOSED) &&
		    flow->kind->is_sending(flow)) {
			return true;
		}
	}
	return false;
}

void enc_flows_leave(struct enc_flows *flows)
{
	ENC_LIST_EACH(flows->list, at)
	{
		struct enc_flow *flow = ENC_HOLDER(at, struct enc_flow, link);

		enc_flow_end(flow, /* politely= */ flow->up.shut);
	}
}

struct enc_flow *enc_flow_new(struct enc_flows *flows, int fd,
			      const struct enc_attempt *attempt)
{
	struct enc_flow *flow = enc_xalloc(sizeof(*flow));

	flow->all = flows;
	flow->gate = flows->gate;
	flow->attempt = *attempt;
	flow->head = ENC_BUF(ENC_FLOW_HEAD_MAX_BYTES);
	enc_deadline_init(&flow->deadline);
	flow->near = enc_peer_new(flows->gate, fd, flow, on_near);
	enc_list_append(&flows->list, &flow->link);
	flows->count++;
	return flow;
}

void enc_flows_recorded(struct enc_flows *flows)
{
	ENC_LIST_EACH(flows->list, at)
	{
		struct enc_flow *flow = ENC_HOLDER(at, struct enc_flow, link);

		if (flow->state == ENC_FLOW_RECORDING &&
		    flow->report <= flows->gate->recorded) {
			flow->kind->recorded(flow);
		}
	}
}

void enc_flows_judge_again(struct enc_flows *flows)
{
	ENC_LIST_EACH(flows->list, at)
	{
		struct enc_flow *flow = ENC_HOLDER(at, struct enc_flow, link);

		flow->kind->judge_again(flow);
	}
}
