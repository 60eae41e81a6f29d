/* iSCSI (RFC 7143): initiators and targets name themselves while they log in. */
#include "classify/dissect/text.h"

#define HEADER_BYTES 48
#define DATA_BYTES   8192 /* RFC 7143 6.2: what a login may carry */
#define MESSAGES     64

enum { LOGIN = 0x03, TEXT = 0x04, LOGIN_ANSWER = 0x23, TEXT_ANSWER = 0x24 };

struct iscsi {
	uint8_t seen[2];
};

struct header {
	uint8_t operation;
	uint32_t words, octets; /* further headers, data */
};

static bool read_header(struct cursor *c, struct header *h)
{
	const uint8_t *p = cursor_bytes(c, HEADER_BYTES);
	if (!p)
		return false;
	h->operation = p[0] & 0x3f;
	h->words = p[4];
	h->octets = (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
	return true;
}

static const struct key {
	const char *name;
	enum field field;
	uint8_t operation;
} keys[] = {
	{"InitiatorName", FIELD_ISCSI_INITIATOR, LOGIN},
	{"InitiatorAlias", FIELD_ISCSI_ALIAS, LOGIN},
	{"CHAP_N", FIELD_USER_NAME, LOGIN},
	{"TargetAlias", FIELD_ISCSI_ALIAS, LOGIN_ANSWER},
	{"TargetName", FIELD_ISCSI_TARGET, LOGIN_ANSWER},
	{"TargetName", FIELD_ISCSI_TARGET, TEXT_ANSWER},
};

static void tell(struct dissection *x, uint8_t operation, struct cursor pair)
{
	struct cursor name;
	if (!text_before(&pair, '=', &name))
		return;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].operation == operation && text_is(name, keys[i].name))
			text_yield(x, keys[i].field, SUBJECT_SENDER, pair, 223);
	/* what an initiator wants to log in to is the target it speaks to */
	if (operation == LOGIN && text_is(name, "TargetName"))
		text_yield(x, FIELD_ISCSI_TARGET, SUBJECT_RECEIVER, pair, 223);
}

static void tell_all(struct dissection *x, uint8_t operation, struct cursor data)
{
	struct cursor pair;
	while (text_before(&data, 0, &pair))
		tell(x, operation, pair);
}

static bool is_answer(uint8_t operation)
{
	return operation == LOGIN_ANSWER || operation == TEXT_ANSWER;
}

/* One message; false when more is needed or nothing is left to learn. */
static bool message(struct dissection *x, struct iscsi *s, struct cursor *c)
{
	struct cursor at = *c;
	struct header h;
	if (!read_header(&at, &h))
		return false;
	bool login = h.operation == LOGIN || h.operation == TEXT || is_answer(h.operation);
	if (!login || h.octets > DATA_BYTES || ++s->seen[x->direction] > MESSAGES) {
		dissection_done(x); /* it is logged in */
		return false;
	}
	cursor_skip(&at, 4 * h.words);
	struct cursor data = cursor_sub(&at, h.octets);
	cursor_skip(&at, (4 - (h.octets & 3)) & 3);
	if (!cursor_ok(&at)) {
		s->seen[x->direction]--;
		return false;
	}
	if (is_answer(h.operation)) {
		dissection_server(x, x->direction);
		dissection_service(x);
	}
	tell_all(x, h.operation, data);
	c->at = at.at;
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	while (!x->done[x->direction] && message(x, x->state, c))
		;
}

/* Login with or without the bit for "at once", its stages, the one version there is. */
static enum probe client(struct cursor f)
{
	uint8_t first = cursor_peek(&f, 0);
	if (cursor_left(&f) && first != (0x40 | LOGIN) && first != LOGIN)
		return PROBE_NO;
	if (cursor_left(&f) > 3 && (f.at[2] || f.at[3]))
		return PROBE_NO;
	if (cursor_left(&f) > 5 && (f.at[4] || f.at[5]))
		return PROBE_NO;
	if (cursor_left(&f) < HEADER_BYTES + 32)
		return PROBE_MAYBE;
	cursor_skip(&f, HEADER_BYTES);
	return text_has(f, "InitiatorName=") || text_has(f, "SessionType=") || text_has(f, "CHAP_") ? PROBE_YES
												    : PROBE_NO;
}

static enum probe server(struct cursor f)
{
	return cursor_left(&f) && f.at[0] != LOGIN_ANSWER ? PROBE_NO : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe c = client(in->first[0]), s = server(in->first[1]);
	return c == PROBE_NO || s == PROBE_NO ? PROBE_NO : c;
}

const struct dissector iscsi_dissector = {
	.name = "iscsi",
	.application = "iscsi-target",
	.transports = TRANSPORT_TCP,
	.ports = {3260, 860},
	.state_bytes = sizeof(struct iscsi),
	.probe = probe,
	.stream = stream,
};
