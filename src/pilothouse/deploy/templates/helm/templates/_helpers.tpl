{{/* Labels of everything that belongs to one service; called with (list $ name). */}}
{{- define "service.labels" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/part-of: {{ (index . 0).Chart.Name }}
{{- end }}

{{- define "service.workload" -}}
{{ ternary "StatefulSet" "Deployment" .data.ofEach }}
{{- end }}

{{- define "service.image" -}}
{{ .image.repository }}:{{ .image.tag }}
{{- end }}
