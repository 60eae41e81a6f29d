#include "classify/dissect/message.h"

#include "classify/dissect/text.h"

int message_take(struct cursor *c, struct message *m)
{
	struct cursor p = *c, line;
	while (cursor_left(&p) && (*p.at == '\r' || *p.at == '\n'))
		p.at++;
	*c = p;
	if (cursor_left(&p) > MESSAGE_BYTES)
		p.end = p.at + MESSAGE_BYTES;
	bool full = cursor_left(&p) == MESSAGE_BYTES;
	if (!cursor_line(&p, &m->start))
		return full ? -1 : 0;
	m->fields = p;
	do {
		m->fields.end = p.at;
		if (!cursor_line(&p, &line))
			return full ? -1 : 0;
	} while (cursor_left(&line));
	c->at = p.at;
	struct cursor at = m->fields, value;
	m->body = 0;
	if (message_field(&at, "content-length", "l", &value) && !text_number(value, &m->body))
		return -1;
	return 1;
}

bool message_field(struct cursor *at, const char *name, const char *compact, struct cursor *value)
{
	struct cursor line, field;
	while (cursor_line(at, &line))
		if (text_header(line, &field, value) && (text_is(field, name) || (compact && text_is(field, compact))))
			return true;
	return false;
}
