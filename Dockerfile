# The platform as an image: web server by default, any manage.py command on request.
# docker build -t qfa . ; compose.yaml shows how it is run.

FROM python:3.13-slim AS dependencies
COPY requirements.lock /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        --compile -r /requirements.lock

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home qfa \
    && install -d -o qfa -m 700 /data
COPY --from=dependencies /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BIND=0.0.0.0:8000 \
    QFA_HOME=/data \
    STATIC_ROOT=/app/static-collected
RUN SECRET_KEY=only-for-this-step python manage.py collectstatic --noinput \
    && python -m compileall -q /app
USER qfa
VOLUME /data
EXPOSE 8000
# ALLOWED_HOSTS has to name 127.0.0.1 for this.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--config", "python:qfa_project.web.gunicorn_conf"]
