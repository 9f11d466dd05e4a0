{{- define "kansoku.labels" -}}
app.kubernetes.io/name: kansoku
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kansoku.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "kansoku.secret" -}}
{{ .Values.store.existingSecret | default (printf "%s-kansoku-store" .Release.Name) }}
{{- end -}}

{{- define "kansoku.environment" -}}
- name: KANSOKU_STORE
  value: {{ .Values.store.address | quote }}
- name: KANSOKU_STORE_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "kansoku.secret" . }}
      key: {{ .Values.store.secretKey }}
{{- end -}}

{{- define "kansoku.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
