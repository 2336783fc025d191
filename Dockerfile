# feedsvc in a container: not root, nothing written outside /data.
#
#   docker build -t feedsvc .
#
# docs/running.md says how to run it; contrib/docker/compose.yaml does.

FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
RUN python -m venv /opt/feedsvc
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY feedsvc feedsvc
# First pip itself, in the version that the packages are known to install with.
RUN /opt/feedsvc/bin/pip install -c constraints.txt pip \
    && /opt/feedsvc/bin/pip install -c constraints.txt .

FROM python:3.11-slim
RUN groupadd --gid 10001 feedsvc \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin feedsvc \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/feedsvc /opt/feedsvc
ENV PATH=/opt/feedsvc/bin:$PATH \
    FEEDSVC_CONFIG=/data/config.yaml \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# 503 and no answer are failures; both are exceptions to urlopen.
HEALTHCHECK --interval=1m --timeout=10s --start-period=1m --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8080/healthz', timeout=8)"]
ENTRYPOINT ["feedsvc"]
CMD ["run"]
