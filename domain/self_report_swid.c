/* SWID tags (ISO/IEC 19770-2:2015) as XML, one or several within an element of whatever name. */
#include "domain/self_report_read.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

/* Unique of whom: the tag creator's identifier and that of the tag (RFC 8412 6.2.2). */
static const char *software_identifier(struct self_report *r, const struct software_tag *t)
{
	char text[512];
	int n = snprintf(text, sizeof text, "%s__%s", t->tag_creator_id ? t->tag_creator_id : "invalid.unavailable",
			 t->id);
	return n > 0 && (size_t)n < sizeof text ? self_report_keep(r, text, (size_t)n) : NULL;
}

bool self_report_add_tag(struct self_report *r, const struct software_tag *t)
{
	if (!t->name || !t->id)
		return false;
	struct reported_software *s = t->other ? NULL : self_report_add(r);
	if (!s)
		return t->other;
	s->title = t->name;
	s->version = t->version;
	s->creator = t->creator;
	s->tag = software_identifier(r, t);
	return true;
}

struct reading {
	struct self_report *report;
	XML_Parser parser;
	struct software_tag tag;
	bool inside; /* a SoftwareIdentity */
	struct error *error;
	int result;
};

static void refuse(struct reading *r, const char *what)
{
	if (!r->result)
		r->result = error_set(r->error, ERROR_USAGE, "line %lu: %s",
				      (unsigned long)XML_GetCurrentLineNumber(r->parser), what);
	XML_StopParser(r->parser, XML_FALSE);
}

/* Names without their namespace: tags of 2009 and 2015 differ in it. */
static bool called(const char *name, const char *wanted)
{
	const char *colon = strrchr(name, ':');
	return strcmp(colon ? colon + 1 : name, wanted) == 0;
}

static const char *attribute(struct reading *r, const char **attributes, const char *wanted)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], wanted) == 0)
			return self_report_keep(r->report, attributes[1], strlen(attributes[1]));
	return NULL;
}

static bool is_true(const char *text)
{
	return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

/* Roles are words in a list. */
static bool has_role(const char *roles, const char *wanted)
{
	size_t n = strlen(wanted);
	for (const char *at = roles; at && (at = strstr(at, wanted)); at += n)
		if ((at == roles || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static void begin(void *arg, const char *name, const char **attributes)
{
	struct reading *r = arg;
	if (called(name, "SoftwareIdentity")) {
		if (r->inside)
			refuse(r, "a tag stands within a tag");
		r->inside = true;
		r->tag = (struct software_tag){.name = attribute(r, attributes, "name"),
					       .version = attribute(r, attributes, "version"),
					       .id = attribute(r, attributes, "tagId"),
					       .other = is_true(attribute(r, attributes, "corpus")) ||
							is_true(attribute(r, attributes, "patch")) ||
							is_true(attribute(r, attributes, "supplemental"))};
	} else if (r->inside && called(name, "Entity")) {
		const char *roles = attribute(r, attributes, "role");
		if (has_role(roles, "softwareCreator"))
			r->tag.creator = attribute(r, attributes, "name");
		if (has_role(roles, "tagCreator"))
			r->tag.tag_creator_id = attribute(r, attributes, "regid");
	}
}

static void end(void *arg, const char *name)
{
	struct reading *r = arg;
	if (!called(name, "SoftwareIdentity"))
		return;
	r->inside = false;
	if (!r->result && !self_report_add_tag(r->report, &r->tag))
		refuse(r, "a tag has no name or tagId, or there are too many");
}

static void refuse_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	refuse(arg, "a tag needs no document type, and none is read");
}

int self_report_swid(struct self_report *report, const char *data, size_t len, struct error *error)
{
	struct reading r = {.report = report, .parser = XML_ParserCreate(NULL), .error = error};
	if (!r.parser)
		return error_set(error, ERROR_FAILED, "no memory for a report");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begin, end);
	XML_SetStartDoctypeDeclHandler(r.parser, refuse_doctype);
	if (XML_Parse(r.parser, data, (int)len, 1) == XML_STATUS_ERROR && !r.result)
		r.result = error_set(error, ERROR_USAGE, "line %lu: this is no XML: %s",
				     (unsigned long)XML_GetCurrentLineNumber(r.parser),
				     XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	return r.result;
}
