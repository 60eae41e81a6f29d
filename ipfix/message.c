#include "ipfix/message.h"

#include "ipfix/element.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct message_session {
	struct message_options options;
	fbInfoModel_t *model;
	fbSession_t *session;
	fBuf_t *buffer; /* owns session and exporter once made */
	fbExporter_t *exporter;
	uint16_t internal, external; /* templates that are set; 0 none */
	uint32_t records;            /* in the message that is being built */
	bool started;
	uint8_t data[65536];
};

static void mute(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer context)
{
}

/* Fixbuf writes a line for every odd message; a collector's peer must not fill our standard error. */
static void silence(void)
{
	g_log_set_handler("libfixbuf", G_LOG_LEVEL_MASK, mute, NULL);
	g_log_set_handler(NULL, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, mute,
			  NULL);
}

static int failed(struct error *error, const char *what, GError **e)
{
	int code =
		error_set(error, ERROR_FAILED, "IPFIX: %s: %s", what, *e ? (*e)->message : "libfixbuf gives no reason");
	g_clear_error(e);
	return code;
}

/* Makes the enterprise elements of our registry known to fixbuf. */
static int add_element(fbInfoModel_t *model, const char *name, uint32_t own_pen, struct error *error)
{
	const struct element *e = element_find(name);
	uint32_t pen = e && e->origin == ELEMENT_CERT ? ELEMENT_PEN_CERT : own_pen;
	if (!e || e->origin == ELEMENT_IANA)
		return error_set(error, ERROR_FAILED, "IPFIX: element %s is not an enterprise element of the registry",
				 name);
	if (!pen)
		return error_set(error, ERROR_USAGE,
				 "IPFIX: element %s stands under a private enterprise number: give yours (pen)", name);
	bool number = (e->type >= 1 && e->type <= 10) || (e->type >= 14 && e->type <= 18);
	fbInfoElement_t ie = {.ref.name = e->name,
			      .ent = pen,
			      .num = e->number,
			      .len = element_length(e->type),
			      .flags = (uint32_t)e->semantics << 8 | (uint32_t)e->units << 16 |
				       (number ? FB_IE_F_ENDIAN : 0) | (e->reversible ? FB_IE_F_REVERSIBLE : 0),
			      .type = e->type};
	fbInfoModelAddElement(model, &ie);
	return 0;
}

struct message_session *message_open(const struct message_options *options, struct error *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, silence);
	struct message_session *m = calloc(1, sizeof *m);
	if (!m) {
		error_set(error, ERROR_FAILED, "IPFIX: out of memory");
		return NULL;
	}
	m->options = *options;
	m->model = fbInfoModelAlloc();
	for (const char *const *name = options->elements; name && *name; name++) {
		if (add_element(m->model, *name, options->pen, error)) {
			fbInfoModelFree(m->model);
			free(m);
			return NULL;
		}
	}
	m->session = fbSessionAlloc(m->model);
	fbSessionSetDomain(m->session, options->domain);
	return m;
}

void message_free(struct message_session *m)
{
	if (!m)
		return;
	if (m->buffer)
		fBufFree(m->buffer);
	else
		fbSessionFree(m->session);
	fbInfoModelFree(m->model);
	free(m);
}

static bool append(const struct message_session *m, fbTemplate_t *t, bool internal, const struct message_row *row,
		   GError **e)
{
	bool known = fbInfoModelGetElementByName(m->model, row->name);
	/* Fixbuf's rows are not const, but it only reads them. */
	fbInfoElementSpec_t spec = {.name = (char *)(uintptr_t)row->name, .len_override = row->length};
	if (!known && internal) {
		spec.name = (char *)(uintptr_t) "paddingOctets";
		spec.len_override = row->length ? row->length : sizeof(fbVarfield_t);
	}
	return fbTemplateAppendSpec(t, &spec, 0, e);
}

/* scope: how many of the fields are; 0: it is no options template. */
static int add_template(struct message_session *m, bool internal, uint16_t id, const struct message_row *rows,
			uint32_t flags, uint16_t scope, struct error *error)
{
	GError *e = NULL;
	fbTemplate_t *t = fbTemplateAlloc(m->model);
	bool ok = true;
	for (const struct message_row *row = rows; ok && row->name; row++)
		if (!(row->flags & ~flags))
			ok = append(m, t, internal, row, &e);
	if (ok && scope)
		fbTemplateSetOptionsScope(t, scope);
	if (ok && fbSessionAddTemplate(m->session, internal, id, t, &e))
		return 0;
	fbTemplateFreeUnused(t);
	return failed(error, "a template cannot be made", &e);
}

int message_template(struct message_session *m, bool internal, uint16_t id, const struct message_row *rows,
		     uint32_t flags, struct error *error)
{
	return add_template(m, internal, id, rows, flags, 0, error);
}

int message_options_template(struct message_session *m, uint16_t id, const struct message_row *rows, uint16_t scope,
			     struct error *error)
{
	return add_template(m, false, id, rows, 0, scope, error);
}

fbTemplate_t *message_list_template(struct message_session *m, uint16_t id)
{
	return fbSessionGetTemplate(m->session, TRUE, id, NULL);
}

/* Sends what is in the buffer. After an emit with nothing pending the buffer still holds the old message, so its
 * length is wiped first. */
static int emit(struct message_session *m, struct error *error)
{
	GError *e = NULL;
	m->data[2] = m->data[3] = 0;
	gboolean ok = fBufEmit(m->buffer, &e);
	size_t len = (size_t)(m->data[2] << 8 | m->data[3]);
	uint32_t records = m->records;
	m->records = 0;
	if (!ok)
		return failed(error, "a message cannot be built", &e);
	if (len)
		m->options.take(m->options.context, m->data, len, records);
	return 0;
}

/* Splits a run of messages. */
static void hand_over(struct message_session *m, const uint8_t *data, size_t len)
{
	while (len >= 16) {
		size_t one = (size_t)(data[2] << 8 | data[3]);
		if (one < 16 || one > len)
			return;
		m->options.take(m->options.context, data, one, 0);
		data += one;
		len -= one;
	}
}

/* The first messages: templates and, if asked for, type records. These fixbuf writes only in automatic mode, which in
 * turn loses messages when the exporter is a buffer; so this once it writes to a stream in memory. */
static int start(struct message_session *m, struct error *error)
{
	GError *e = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	if (!stream)
		return error_set(error, ERROR_FAILED, "IPFIX: out of memory");
	bool ok = !m->options.types || fbSessionSetMetadataExportElements(m->session, TRUE, FB_TID_AUTO, &e);
	m->buffer = fBufAllocForExport(m->session, fbExporterAllocFP(stream));
	fBufSetAutomaticMode(m->buffer, TRUE);
	ok = ok && fbSessionExportTemplates(m->session, &e) && fBufEmit(m->buffer, &e);
	fflush(stream);
	if (ok)
		hand_over(m, (const uint8_t *)text, len);
	m->exporter = fbExporterAllocBuffer(m->data, m->options.max);
	fBufSetExporter(m->buffer, m->exporter);
	fBufSetAutomaticMode(m->buffer, FALSE);
	fclose(stream);
	free(text);
	/* The template of type records stays; the records are not repeated. */
	if (ok && m->options.types)
		ok = fbSessionSetMetadataExportElements(m->session, FALSE, FB_TID_AUTO, &e);
	m->started = true;
	return ok ? 0 : failed(error, "templates cannot be written", &e);
}

int message_templates(struct message_session *m, struct error *error)
{
	if (!m->started)
		return start(m, error);
	int result = emit(m, error);
	GError *e = NULL;
	for (int tries = 0; !result && !fbSessionExportTemplates(m->session, &e); tries++) {
		if (tries == 64 || !g_error_matches(e, FB_ERROR_DOMAIN, FB_ERROR_EOM))
			return failed(error, "templates cannot be written", &e);
		g_clear_error(&e);
		result = emit(m, error);
	}
	m->internal = m->external = 0;
	return result ? result : emit(m, error);
}

static int choose(struct message_session *m, uint16_t internal, uint16_t external, struct error *error)
{
	GError *e = NULL;
	if (internal != m->internal && !fBufSetInternalTemplate(m->buffer, internal, &e))
		return failed(error, "a layout is not known", &e);
	m->internal = internal;
	if (external == m->external)
		return 0;
	m->external = 0;
	if (fBufSetExportTemplate(m->buffer, external, &e)) {
		m->external = external;
		return 0;
	}
	if (!g_error_matches(e, FB_ERROR_DOMAIN, FB_ERROR_EOM))
		return failed(error, "a template is not known", &e);
	g_clear_error(&e);
	int result = emit(m, error);
	if (result || !fBufSetExportTemplate(m->buffer, external, &e))
		return result ? result : failed(error, "a template is not known", &e);
	m->external = external;
	return 0;
}

int message_add(struct message_session *m, uint16_t internal, uint16_t external, void *record, size_t bytes,
		struct error *error)
{
	GError *e = NULL;
	int result = choose(m, internal, external, error);
	if (result)
		return result;
	if (!fBufAppend(m->buffer, record, bytes, &e)) {
		if (!g_error_matches(e, FB_ERROR_DOMAIN, FB_ERROR_EOM))
			return failed(error, "a record cannot be written", &e);
		g_clear_error(&e);
		result = emit(m, error);
		if (result)
			return result;
		if (!fBufAppend(m->buffer, record, bytes, &e))
			return failed(error, "a record is larger than a message", &e);
	}
	m->records++;
	return 0;
}

int message_flush(struct message_session *m, struct error *error)
{
	return m->buffer ? emit(m, error) : 0;
}
