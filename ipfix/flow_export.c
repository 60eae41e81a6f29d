#include "ipfix/flow_export.h"

#include "core/time.h"
#include "ipfix/flow_record.h"
#include "ipfix/transport.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UDP_MESSAGE_BYTES 1400 /* whole in an Ethernet frame */
#define SEQUENCE_AT       8    /* in a message's header */
#define TEMPLATE_REFRESH  (600 * NS_PER_SECOND)
#define TEMPLATE_RECORDS  20000 /* over UDP, whichever comes first */

struct flow_exporter {
	/* set before start */
	struct flow_export_options options;
	struct flow_record_options record;
	struct transport transport;
	uint32_t max; /* octets of a message */
	/* the exporter's thread */
	struct message_session *session; /* writes templates and type records */
	struct flow_message *message;    /* of flow_exporter_write() */
	uint32_t sequence;               /* data records sent, those of types too */
	bool started;                    /* the first templates are out */
	bool learning;                   /* the next message only tells how many type records there were */
	struct flow_exporter_counters counters;
	struct flow_losses ignored, unsent; /* since when, as the last statistics had it */
	uint64_t templates_ns;              /* when they were last sent */
	uint64_t templates_delivered;       /* counters.delivered then */
	int code;                           /* of the first failure */
	struct error first;
};

static void fail(struct flow_exporter *x, int code, const struct error *error)
{
	if (x->code)
		return;
	x->code = code;
	x->first = *error;
}

/* Sends a message whose header is complete; false when it is lost. */
static bool send_message(struct flow_exporter *x, const uint8_t *data, size_t len)
{
	struct error error;
	/* A stream is of no use behind a gap; the next datagram may fare better. */
	int code = x->code && !x->transport.datagrams ? x->code : transport_send(&x->transport, data, len, &error);
	if (code) {
		fail(x, code, &error);
		return false;
	}
	x->counters.messages++;
	x->counters.octets += len;
	return true;
}

/* Takes a message of templates from libfixbuf, which counts its own records alone: ours are between them. */
static void take(void *context, const uint8_t *data, size_t len, uint32_t records)
{
	struct flow_exporter *x = context;
	uint8_t copy[FLOW_MESSAGE_BYTES];
	uint32_t sequence = htobe32(x->sequence);
	if (x->learning) {
		memcpy(&sequence, data + SEQUENCE_AT, sizeof sequence);
		x->sequence = be32toh(sequence);
		return;
	}
	memcpy(copy, data, len);
	if (x->started)
		memcpy(copy + SEQUENCE_AT, &sequence, sizeof sequence);
	(void)send_message(x, copy, len);
}

static int add_templates(struct flow_exporter *x, struct error *error)
{
	int code = 0;
	for (unsigned form = 0; !code && form < FLOW_FORMS; form++)
		code = message_template(x->session, false, (uint16_t)(FLOW_TEMPLATE_FIRST + form), flow_record_rows,
					flow_record_flags(form, x->record.own), error);
	return code ? code : flow_statistics_templates(x->session, error);
}

/* Sends templates and type records. How many records those were stands in the header of the message that follows. */
static int first_templates(struct flow_exporter *x, struct error *error)
{
	int code = add_templates(x, error);
	if (!code)
		code = message_templates(x->session, error);
	x->learning = true;
	if (!code)
		code = message_templates(x->session, error);
	x->learning = false;
	x->started = true;
	x->templates_ns = time_now();
	if (!code && x->code) {
		*error = x->first;
		code = x->code;
	}
	return code;
}

static int begin(struct flow_exporter *x, struct error *error)
{
	static const char *const elements[] = {"initialTCPFlags", "unionTCPFlags", NULL};
	static const char *const with_own[] = {"initialTCPFlags", "unionTCPFlags", "communityId", "networkSegment",
					       NULL};
	x->max = x->transport.datagrams ? UDP_MESSAGE_BYTES : FLOW_MESSAGE_BYTES;
	x->message = malloc(sizeof *x->message);
	if (!x->message)
		return error_set(error, ERROR_FAILED, "flows %s: out of memory", x->transport.url);
	flow_message_begin(x->message);
	x->session = message_open(&(struct message_options){.domain = x->options.domain,
							    .pen = x->options.pen,
							    .max = (uint16_t)x->max,
							    .types = true,
							    .elements = x->record.own ? with_own : elements,
							    .take = take,
							    .context = x},
				  error);
	return x->session ? first_templates(x, error) : ERROR_FAILED;
}

static void destroy(struct flow_exporter *x)
{
	message_free(x->session);
	free(x->message);
	free(x);
}

/* What could not even begin is not dropped and counted: nothing is. */
static void say_nothing_began(struct error *error)
{
	char *at = strstr(error->text, "; what follows");
	if (at)
		snprintf(at, sizeof error->text - (size_t)(at - error->text),
			 "; nothing was started: look at where it goes");
}

int flow_exporter_open(const char *url, const struct flow_export_options *options, struct flow_exporter **out,
		       struct error *error)
{
	struct error unheard;
	error = error ? error : &unheard;
	*out = NULL;
	struct flow_exporter *x = calloc(1, sizeof *x);
	if (!x)
		return error_set(error, ERROR_FAILED, "flows %s: out of memory", url);
	x->options = *options;
	x->record = (struct flow_record_options){options->pen != 0, options->application_name};
	int code = transport_open(&x->transport, url, options->identity, error);
	if (!code)
		code = begin(x, error);
	if (!code) {
		*out = x;
		return 0;
	}
	say_nothing_began(error);
	transport_close(&x->transport, NULL);
	destroy(x);
	return code;
}

bool flow_exporter_fill(const struct flow_exporter *x, struct flow_message *m, const struct flow *flow)
{
	return flow_message_add(m, x->max, &x->record, flow);
}

static void count_dropped(struct flow_exporter *x, const struct flow_message *m)
{
	x->counters.dropped += m->flows;
	x->counters.dropped_packets += m->packets;
	x->counters.dropped_octets += m->octets;
}

/* Sends what is in the message, whose flows have been offered. */
static void deliver(struct flow_exporter *x, struct flow_message *m)
{
	if (m->records) {
		flow_message_seal(m, (uint32_t)(time_now() / NS_PER_SECOND), x->sequence, x->options.domain);
		x->sequence += m->records;
		if (send_message(x, m->data, m->used))
			x->counters.delivered += m->flows;
		else
			count_dropped(x, m);
	}
	flow_message_begin(m);
}

static bool templates_due(const struct flow_exporter *x)
{
	return x->transport.datagrams && (x->counters.delivered - x->templates_delivered >= TEMPLATE_RECORDS ||
					  time_now() - x->templates_ns >= TEMPLATE_REFRESH);
}

/* Sends the templates again when their time has come. */
static void refresh(struct flow_exporter *x)
{
	struct error error;
	if (!templates_due(x))
		return;
	int code = message_templates(x->session, &error);
	if (code)
		fail(x, code, &error);
	x->templates_ns = time_now();
	x->templates_delivered = x->counters.delivered;
}

void flow_exporter_send(struct flow_exporter *x, struct flow_message *m)
{
	x->counters.offered += m->flows;
	deliver(x, m);
	refresh(x);
}

void flow_exporter_write(struct flow_exporter *x, const struct flow *f)
{
	x->counters.offered++;
	if (flow_exporter_fill(x, x->message, f))
		return;
	deliver(x, x->message);
	refresh(x);
	(void)flow_exporter_fill(x, x->message, f); /* an empty message holds any flow */
}

void flow_exporter_flush(struct flow_exporter *x)
{
	deliver(x, x->message);
	refresh(x);
}

void flow_exporter_statistics(struct flow_exporter *x, const struct flow_statistics *metered)
{
	flow_exporter_flush(x);
	const struct flow_exporter_counters *c = &x->counters;
	flow_losses_note(&x->ignored, metered->ignored_packets, metered->time_ns);
	flow_losses_note(&x->unsent, metered->shed_flows + c->dropped, metered->time_ns);
	struct flow_statistics_record r = {
		.domain = x->options.domain,
		.process = x->options.process,
		.metered = *metered,
		.sent_flows = c->delivered,
		.sent_messages = c->messages,
		.sent_octets = c->octets,
		.ignored = x->ignored,
		.unsent = x->unsent,
		.unsent_packets = metered->shed_packets + c->dropped_packets,
		.unsent_octets = metered->shed_octets + c->dropped_octets,
	};
	flow_statistics_add(x->message, &r);
	deliver(x, x->message);
}

void flow_exporter_reopen(struct flow_exporter *x)
{
	struct error error;
	flow_exporter_flush(x);
	if (x->code || !transport_reopen(&x->transport))
		return;
	int code = message_templates(x->session, &error);
	if (code)
		fail(x, code, &error);
}

const struct flow_exporter_counters *flow_exporter_counters(const struct flow_exporter *x)
{
	return &x->counters;
}

int flow_exporter_close(struct flow_exporter *x, struct flow_exporter_counters *counters, struct error *error)
{
	struct error last;
	flow_exporter_flush(x);
	int code = transport_close(&x->transport, &last);
	if (code)
		fail(x, code, &last);
	code = x->code;
	if (code && error)
		*error = x->first;
	if (counters)
		*counters = x->counters;
	destroy(x);
	return code;
}
