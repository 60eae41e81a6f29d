#include "classify/sctp.h"

enum { FLAG_END = 1, FLAG_BEGIN = 2, HEAD_BYTES = 4 };

/* TSN, stream, and what numbers the message there (RFC 9260 3.3.1; RFC 8260 2.1 has a wider number behind a reserve).
 * There the member for the payload's protocol counts the pieces of all but the first. */
static void data_of(struct sctp_chunk *k, uint8_t flags, struct cursor body)
{
	cursor_skip(&body, k->type == SCTP_I_DATA ? 12 : 8);
	k->protocol = cursor_u32(&body);
	if (!cursor_ok(&body) || !(flags & FLAG_BEGIN))
		return;
	k->data = body;
	k->whole = flags & FLAG_END;
}

bool sctp_next(struct cursor *c, struct sctp_chunk *k)
{
	*k = (struct sctp_chunk){.type = cursor_peek(c, 0)};
	if (cursor_left(c) < HEAD_BYTES)
		return false;
	cursor_skip(c, 1);
	uint8_t flags = cursor_u8(c);
	uint16_t len = cursor_u16(c);
	if (len < HEAD_BYTES)
		return false;
	struct cursor body = cursor_sub_cut(c, len - HEAD_BYTES);
	bool cut = !cursor_ok(&body);
	body.short_read = false;
	c->short_read = false;
	cursor_sub_cut(c, (4 - len % 4) % 4);
	if (k->type == SCTP_DATA || k->type == SCTP_I_DATA)
		data_of(k, flags, body);
	else if (k->type == SCTP_INIT || k->type == SCTP_INIT_ACK)
		k->tag = cursor_u32(&body);
	k->whole &= !cut;
	return true;
}

const char *sctp_application(uint32_t protocol)
{
	static const struct {
		uint32_t protocol;
		const char *application;
	} rows[] = {
		{1, "iua"},         {2, "m2ua"},          {3, "m3ua"},          {4, "sua"},
		{5, "m2pa"},        {7, "megaco-h248"},   {11, "asap-sctp"},    {12, "enrp-sctp"},
		{18, "s1-control"}, {19, "iuhsctpassoc"}, {20, "iuhsctpassoc"}, {24, "sbcap"},
		{27, "x2-control"}, {29, "lcs-ap"},       {43, "m2ap"},         {44, "m3ap"},
		{46, "diameter"},   {47, "diameters"},    {60, "ng-control"},   {61, "xn-control"},
		{62, "f1-control"}, {64, "e1-interface"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].protocol == protocol)
			return rows[i].application;
	return NULL;
}
