#include "classify/dissect/xml.h"

#include "classify/dissect/text.h"

/* Comments, declarations and instructions are stepped over as tags; a '>' inside them only ends them early. */
static void name_of(struct cursor tag, struct xml_element *e)
{
	struct cursor prefix;
	e->end = cursor_peek(&tag, 0) == '/';
	if (e->end)
		tag.at++;
	e->name = tag;
	while (tag.at<tag.end && * tag.at> ' ' && *tag.at != '/')
		tag.at++;
	e->name.end = tag.at;
	e->attributes = tag;
	text_before(&e->name, ':', &prefix);
}

bool xml_next(struct cursor *c, struct xml_element *e)
{
	struct cursor at = *c, before, tag;
	do {
		if (!text_before(&at, '<', &before) || !text_before(&at, '>', &tag))
			return false;
	} while (cursor_peek(&tag, 0) == '?' || cursor_peek(&tag, 0) == '!');
	name_of(tag, e);
	e->text = at;
	const uint8_t *next = cursor_left(&at) ? memchr(at.at, '<', cursor_left(&at)) : NULL;
	e->text.end = next ? next : at.end;
	if (!next && !e->end)
		e->text.end = e->text.at; /* cut: half a text is none */
	c->at = at.at;
	return true;
}

bool xml_is(const struct xml_element *e, const char *name)
{
	return text_is(e->name, name);
}

/* The octet an entity stands for; 0 when it is none that is known. The slice begins behind '&'. */
static char entity(struct cursor text, size_t *len)
{
	static const struct {
		const char *name;
		char octet;
	} known[] = {{"amp;", '&'},   {"lt;", '<'},  {"gt;", '>'},   {"quot;", '"'},
		     {"apos;", '\''}, {"#38;", '&'}, {"#39;", '\''}, {"#34;", '"'}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_starts(text, known[i].name)) {
			*len = strlen(known[i].name);
			return known[i].octet;
		}
	return 0;
}

void xml_text(struct wire_text *t, struct cursor text, size_t most)
{
	text = text_trim(text);
	if (cursor_left(&text) > most)
		text.end = text.at + most;
	while (cursor_left(&text)) {
		size_t len = 0;
		char octet = (char)*text.at++;
		if (octet == '&') {
			char meant = entity(text, &len);
			octet = meant ? meant : octet;
		}
		text.at += len;
		wire_text_add(t, &octet, 1);
	}
}
