FROM python:3.12-slim AS packages
COPY requirements/base.txt /requirements/base.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements/base.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --create-home --home-dir /home/billing --uid 10001 billing \
 && install -d -o billing -g billing /beat
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The files of the admin are part of the image; collecting them needs settings, but no service and no secret.
RUN mkdir staticfiles && APP_ENV=local python manage.py collectstatic --noinput --verbosity 0
USER billing
VOLUME /beat
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "billing_project.wsgi:application", "--config", "python:billing_project.web_server", "--bind", "0.0.0.0:8000"]
